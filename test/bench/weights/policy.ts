/** What every policy is given and gives: the shape behind which they are interchangeable. */
import type { LatencySample } from '../../../src/plan/latency.ts';
import type { Matrix } from './matrix.ts';

/** What one site's agents tell every 5 s. It arrives 5 s later; every figure is noisy but the counter. */
export interface SiteReport {
  /** When it was taken. */
  readonly atSecond: number;
  /** Connections that its directors have opened since the beginning. */
  readonly counter: number;
  /** By site: connections that its directors have open there. */
  readonly activeBySite: readonly number[];
  /** Connections on its real servers, whoever sent them. */
  readonly served: number;
  /** Of its real servers, 0..1: at 1 it may be more than full. */
  readonly util: number;
  /** By site: the way there, as its directors measured it. */
  readonly paths: readonly LatencySample[];
}

export interface PolicyView {
  /** By site: the newest that has arrived, however old; undefined where nothing ever has. */
  readonly reports: readonly (SiteReport | undefined)[];
  /** By site: health as it is in this second. */
  readonly isUp: readonly boolean[];
}

/** By city, then site: of the city's new connections; each row adds up to 1. */
export type Split = Matrix;

export interface Policy {
  /** Asked every 5 s, and at once where a site's health changes. */
  decide(view: PolicyView, nowSecond: number): Split;
}

export interface PolicyKind {
  readonly name: string;
  readonly label: string;
  create(): Policy;
}
