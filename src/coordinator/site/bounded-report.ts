/** A report's words of people, cut to what somebody reads: an agent that has much to say fills no memory with it. */
import type { AgentReport } from '../../domain/agent-message.ts';

export interface BoundedReport {
  readonly report: AgentReport;
  /** How many sentences were left out or shortened. */
  readonly cut: number;
}

const troublesLimit = 32;
const textLimit = 500;

export function boundedReport(said: AgentReport): BoundedReport {
  const { report, cut } = boundedWords(said);
  const { examination } = said;
  const tooLong = (examination?.findings ?? []).filter(({ id, what, mend = '' }) =>
    [id, what, mend].some((text) => text.length > textLimit),
  );
  if (examination === undefined || tooLong.length === 0) return { report, cut };
  const findings = examination.findings.map(({ mend, ...one }) => ({
    ...one,
    id: shortened(one.id),
    what: shortened(one.what),
    // A command that is cut does something else.
    ...(mend === undefined || mend.length > textLimit ? {} : { mend }),
  }));
  return { report: { ...report, examination: { ...examination, findings } }, cut: cut + tooLong.length };
}

function boundedWords(report: AgentReport): BoundedReport {
  const { troubles, held, applications } = report;
  const kept = troubles.slice(0, troublesLimit);
  const isLong = (text: string): boolean => text.length > textLimit;
  const longReasons = applications.filter(({ reason }) => isLong(reason)).length;
  const cut =
    troubles.length - kept.length + kept.filter(isLong).length + (isLong(held) ? 1 : 0) + longReasons;
  if (cut === 0) return { report, cut };
  return {
    report: {
      ...report,
      troubles: kept.map(shortened),
      held: shortened(held),
      applications:
        longReasons === 0
          ? applications
          : applications.map((one) => ({ ...one, reason: shortened(one.reason) })),
    },
    cut,
  };
}

/** A text of its own: a part of a longer one would keep all of that alive. */
export function shortened(text: string): string {
  return text.length > textLimit ? `${Buffer.from(text.slice(0, textLimit - 1)).toString()}…` : text;
}
