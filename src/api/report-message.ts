/** What an agent's stream is given to send of a report: a long one is made while others have their turns. */
import type { AgentReport } from '../domain/agent-message.ts';
import type { ReportChanges } from '../domain/report-changes.ts';
import type { Steps } from '../domain/steps.ts';
import { changesToWire, reportToWire } from './convert-report.ts';
import { encodedMessage, sendable, sendableBytes } from './encoded.ts';
import type { AgentMessage } from './gen/causeway/v1/AgentMessage.ts';

/** Of a report: converting so many takes a millisecond. */
const longFrom = 2_000;

export function wholeReportMessage(report: AgentReport): AgentMessage | Promise<AgentMessage> {
  return messageOf(report, () => ({ report: reportToWire(report) }));
}

export function reportChangesMessage(changes: ReportChanges): AgentMessage | Promise<AgentMessage> {
  return messageOf(changes.said, () => ({ reportChanges: changesToWire(changes) }));
}

function messageOf(
  { paths, destinations, applications }: AgentReport,
  convert: () => AgentMessage,
): AgentMessage | Promise<AgentMessage> {
  const isLong = paths.length + destinations.length + applications.length >= longFrom;
  return isLong ? sendableBytes(bytesOf(convert)) : sendable('AgentMessage', convert());
}

function* bytesOf(convert: () => AgentMessage): Steps<Buffer> {
  yield;
  const message = convert();
  yield;
  return yield* encodedMessage('AgentMessage', message);
}
