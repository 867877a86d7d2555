/** What an agent says of one service: one verdict for the whole, and by name what of it fails. Pure. */
import type { Protocol } from '../../src/domain/ipvs-table.ts';
import { type ApplicationReport, type FailingEnd, failingEndLimit } from '../../src/domain/report.ts';
import { serviceVerdict } from '../../src/plan/health.ts';
import type { Judgement } from './check-verdict.ts';

/** A port of the service at one of its VIPs. */
export interface JudgedEnd {
  readonly vip: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly judgement: Judgement;
}

export function reportOf(service: string, ends: readonly JudgedEnd[]): ApplicationReport {
  const verdict = serviceVerdict(ends.map(({ judgement }) => judgement.verdict));
  const decisive = ends.filter(({ judgement }) => judgement.verdict === verdict);
  const failing = ends.filter(({ judgement }) => judgement.verdict === 'unhealthy');
  return {
    service,
    verdict,
    sinceMs: Math.max(0, ...decisive.map(({ judgement }) => judgement.sinceMs)),
    reason: verdict === 'unhealthy' ? (decisive[0]?.judgement.reason ?? '') : '',
    ...(failing.length === 0
      ? {}
      : { failing: { ends: failing.slice(0, failingEndLimit).map(failingEnd), count: failing.length } }),
  };
}

function failingEnd({ vip, port, protocol, judgement: { sinceMs, reason } }: JudgedEnd): FailingEnd {
  return { vip, port, protocol, sinceMs, reason };
}
