// What was seen of the control plane while a fault lasted, in the order in which it happened: a line each, for people and for the report.
import { type ControlEvent, controlEventText } from './control-log.ts';

export interface Span {
  readonly injectedAtMs: number;
  readonly restoredAtMs: number;
}

/** `lon-c1 leads after 11.2 s`, `fra-c1 owns fra 4.1 s after the end of the fault`. */
export function sightings(events: readonly ControlEvent[], { injectedAtMs, restoredAtMs }: Span): string[] {
  return events.map((event) => {
    const text = controlEventText(event);
    return event.atMs < restoredAtMs
      ? `${text} after ${seconds(event.atMs - injectedAtMs)}`
      : `${text} ${seconds(event.atMs - restoredAtMs)} after the end of the fault`;
  });
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
