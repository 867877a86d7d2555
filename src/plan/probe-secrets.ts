/** When the cluster's secret of the probes gives way to another, so that at every moment both ends of a pair have a key in common. Pure. */
import type { ProbeSecrets } from '../domain/probe.ts';

/** Whoever has learnt a secret can use it no longer than this, and as long again until it is forgotten. */
const rotateEveryMs = 30 * 24 * 3_600_000;
/** Within this every real server whose agent lives has learnt of a new one; only then directors ask with it. */
const learnMs = 600_000;

/** Directors ask with the newest from then on, by the coordinators' clock. */
export function usedFromMs({ secrets }: ProbeSecrets): number {
  return Math.max(...secrets.map(({ madeAtMs }) => madeAtMs)) + learnMs;
}

/** No agent has had a secret of that number, be the store older than they are. */
function epochAfter(before: number, nowMs: number): number {
  return Math.max(before + 1, Math.floor(nowMs / 1_000));
}

/**
 * What is to be written, or undefined for nothing. A new secret is first learnt by real servers, in the place of the one before the
 * present one; then it is used, while the one before stays, for directors that cannot be told, until the next one comes.
 * `newSecretHex` is used where one is needed.
 */
export function nextProbeSecrets(
  present: ProbeSecrets | undefined,
  { nowMs, newSecretHex, isAsked = false }: { nowMs: number; newSecretHex: string; isAsked?: boolean },
): ProbeSecrets | undefined {
  const used = present?.secrets.find(({ epoch }) => epoch === present.inUse);
  if (present === undefined || used === undefined) {
    const epoch = epochAfter(0, nowMs);
    return { secrets: [{ epoch, secretHex: newSecretHex, madeAtMs: nowMs }], inUse: epoch };
  }
  const newest = present.secrets.reduce((a, b) => (b.epoch > a.epoch ? b : a), used);
  // By the clock of whoever leads: one that went back must hold up nothing for ever.
  const ageMs = Math.abs(nowMs - newest.madeAtMs);
  if (newest.epoch !== used.epoch) return ageMs < learnMs ? undefined : { ...present, inUse: newest.epoch };
  if (ageMs < rotateEveryMs && !isAsked) return undefined;
  const epoch = epochAfter(newest.epoch, nowMs);
  return { secrets: [used, { epoch, secretHex: newSecretHex, madeAtMs: nowMs }], inUse: used.epoch };
}
