// Did the connections go where the stage expects them, where the plan wanted them, and without swinging?
import { errorKinds, percent, type Requests, type Verdict, within } from './lab-report.ts';
import type { Shares } from './sent-shares.ts';
import type { StageOutcome } from './stage.ts';

export function stageVerdicts(outcome: StageOutcome, requests: Requests): Verdict[] {
  const { stage, sent, planned, settledAtMs, endedAtMs } = outcome;
  const { sentTo, planWithin, wanderAtMost, errorsAtMost } = stage.expect;
  const wanted = Object.entries(sentTo).flatMap(([from, sites]) =>
    Object.entries(sites).map(([to, [least, most]]): Verdict => {
      const share = sent[from]?.[to] ?? 0;
      return {
        name: `${stage.name}: ${from} sends ${to} between ${percent(least)} and ${percent(most)}`,
        ok: share >= least && share <= most,
        detail: sharesText(sent, from),
      };
    }),
  );
  const off = furthest(sent, planned, Object.keys(stage.expect.sentTo));
  const errors = [...within(requests, settledAtMs, endedAtMs).values()]
    .flat()
    .filter(({ error }) => error !== '');
  return [
    ...wanted,
    ...whatIfVerdicts(outcome),
    {
      name: `${stage.name}: the kernel's counters within ${percent(planWithin)} of the plan`,
      ok: off.by <= planWithin,
      detail: off.text,
    },
    {
      name: `${stage.name}: no swinging (at most ${percent(wanderAtMost)} to and fro)`,
      ok: outcome.wandering <= wanderAtMost,
      detail: percent(outcome.wandering),
    },
    {
      name: `${stage.name}: at most ${errorsAtMost} errors once settled`,
      ok: errors.length <= errorsAtMost,
      detail: `${errors.length} failed${errorKinds(errors)}`,
    },
  ];
}

/** Nobody is sent to a site that is down, and nobody is lost. */
function whatIfVerdicts({ stage, whatIf }: StageOutcome): Verdict[] {
  const { whatIfDown: site } = stage;
  if (whatIf === undefined || site === undefined) return [];
  const sum = (flows: typeof whatIf.flows) => flows.reduce((total, { afterMilli }) => total + afterMilli, 0);
  const there = sum(whatIf.flows.filter(({ to }) => to === site));
  const elsewhere = sum(whatIf.flows) - there;
  return [
    {
      name: `${stage.name}: what if ${site} were down`,
      ok: whatIf.settled && there === 0 && elsewhere > 0,
      detail: whatIf.sentences[0] ?? '',
    },
  ];
}

/** `fra 81 %, lon 19 %`. */
export function sharesText(shares: Shares, from: string): string {
  const parts = Object.entries(shares[from] ?? {}).filter(([, share]) => share > 0);
  return parts.map(([to, share]) => `${to} ${percent(share)}`).join(', ') || 'nobody';
}

function furthest(sent: Shares, planned: Shares, sites: readonly string[]): { by: number; text: string } {
  const gaps = sites.flatMap((from) =>
    Object.keys({ ...sent[from], ...planned[from] }).map((to) => {
      const [is, was] = [sent[from]?.[to] ?? 0, planned[from]?.[to] ?? 0];
      return {
        by: Math.abs(is - was),
        text: `${from} to ${to}: ${percent(is)} sent, ${percent(was)} planned`,
      };
    }),
  );
  return gaps.toSorted((a, b) => b.by - a.by)[0] ?? { by: 0, text: 'nothing was sent' };
}
