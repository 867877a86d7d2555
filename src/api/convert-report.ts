/** What agents report, between the domain and the wire. */
import type { AgentReport } from '../domain/agent-message.ts';
import { type ExaminationReport, findingLevels, findingsAtMost, whyOf } from '../domain/finding.ts';
import { protocols } from '../domain/ipvs-table.ts';
import type { AppVerdict } from '../domain/probe.ts';
import type {
  AgentPresence,
  ApplicationReport,
  KnockState,
  LatencyEntry,
  LoadReport,
  PathState,
} from '../domain/report.ts';
import type { ReportChanges } from '../domain/report-changes.ts';
import type { ReturnPathReport } from '../domain/return-path.ts';
import { unsigned, type WordReader } from './convert-words.ts';
import type {
  ApplicationReport__Output,
  ApplicationReport as WireApplicationReport,
} from './gen/causeway/v1/ApplicationReport.ts';
import type { Choices as WireChoices } from './gen/causeway/v1/Choices.ts';
import type { Examination__Output, Examination as WireExamination } from './gen/causeway/v1/Examination.ts';
import type { LatencyEntry as WireLatencyEntry } from './gen/causeway/v1/LatencyEntry.ts';
import type { LoadReport__Output, LoadReport as WireLoadReport } from './gen/causeway/v1/LoadReport.ts';
import type { Report__Output, Report as WireReport } from './gen/causeway/v1/Report.ts';
import type { ReportChanges__Output, ReportChanges as WireChanges } from './gen/causeway/v1/ReportChanges.ts';
import type { ReturnPathReport as WireReturnPath } from './gen/causeway/v1/ReturnPathReport.ts';

const pathStates = ['up', 'down', 'gone', 'unknown'] as const satisfies readonly PathState[];
const presences = ['present', 'absent', 'unknown'] as const satisfies readonly AgentPresence[];
const knockStates = ['works', 'unanswered', 'proxied', 'unknown'] as const satisfies readonly KnockState[];
const verdicts = ['healthy', 'unhealthy', 'unknown'] as const satisfies readonly AppVerdict[];

/** What a coordinator says that can put changes of reports together. */
export const reportChangesCapability = 'report-changes';

/** Far more than anybody reads, and far less than what a coordinator would end the stream for. */
const textAtMost = 2_000;
const troublesAtMost = 200;
/** A site that can serve nothing has as many as it has VIPs; a change under way needs to know of few. */
const idleVipsAtMost = 1_000;
/** Of more services that hash the rest is not compared. */
const choicesAtMost = 1_000;

/** A reason as it is told: what a program or a kernel said may be of any length. */
export function sayable(text: string): string {
  return text.length <= textAtMost ? text : `${text.slice(0, textAtMost - 1).toWellFormed()}…`;
}

/** What a report costs; also of a message. */
export function reportEntries({
  paths,
  destinations,
  applications,
  returnPaths = [],
}: Readonly<Record<'paths' | 'destinations' | 'applications', readonly unknown[]>> & {
  readonly returnPaths?: readonly unknown[];
}): number {
  return paths.length + destinations.length + applications.length + returnPaths.length;
}

export function reportToWire(report: AgentReport): WireReport {
  return {
    paths: report.paths.map(({ lostVips, ...path }) => ({
      ...path,
      ...(lostVips === undefined ? {} : { lostVips: [...lostVips] }),
      sinceMs: unsigned(path.sinceMs),
      rttP50Us: unsigned(path.rttP50Us),
      rttP90Us: unsigned(path.rttP90Us),
      answered: unsigned(path.answered),
    })),
    destinations: report.destinations.map(({ verdict, ...destination }) => ({
      ...destination,
      ...(verdict === undefined ? {} : verdictToWire(verdict)),
      countedSinceMs: unsigned(destination.countedSinceMs),
    })),
    applications: report.applications.map(applicationToWire),
    ...(report.load === undefined ? {} : { load: loadToWire(report.load) }),
    troubles: report.troubles.slice(0, troublesAtMost).map(sayable),
    held: sayable(report.held),
    ...(report.fault === undefined ? {} : { fault: sayable(report.fault) }),
    ...(report.idleVips === undefined ? {} : { idleVips: report.idleVips.slice(0, idleVipsAtMost) }),
    ...(report.choices === undefined ? {} : { choices: choicesToWire(report.choices) }),
    ...(report.returnPaths === undefined ? {} : { returnPaths: report.returnPaths.map(returnPathToWire) }),
    ...(report.examination === undefined ? {} : { examination: examinationToWire(report.examination) }),
  };
}

/** A status of an agent has the same parts. */
export function reportFromWire(wire: Report__Output, words: WordReader): AgentReport {
  return {
    paths: wire.paths.map(({ lostVips, mtuBytes, ...path }) => ({
      ...path,
      ...(mtuBytes === 0 ? {} : { mtuBytes }),
      ...(lostVips.length === 0 ? {} : { lostVips }),
      state: words.word('paths.state', path.state, pathStates),
      // Programs of before these were told say nothing.
      agent: words.word('paths.agent', path.agent || 'unknown', presences),
      knock: words.word('paths.knock', path.knock || 'unknown', knockStates),
    })),
    destinations: wire.destinations.map(({ verdict, unchecked, ...destination }) =>
      // Of programs of before, which do not tell it.
      verdict === ''
        ? destination
        : { ...destination, verdict: verdictFromWire('destinations.verdict', verdict, unchecked, words) },
    ),
    applications: wire.applications.map((one) => applicationFromWire(one, words)),
    load: wire.load ? loadFromWire(wire.load) : undefined,
    troubles: wire.troubles,
    held: wire.held,
    ...(wire.fault === '' ? {} : { fault: wire.fault }),
    ...(wire.idleVips.length === 0 ? {} : { idleVips: wire.idleVips.slice(0, idleVipsAtMost) }),
    ...(wire.choices ? { choices: wire.choices.services.slice(0, choicesAtMost) } : {}),
    ...(wire.returnPaths.length === 0 ? {} : { returnPaths: wire.returnPaths }),
    ...(wire.examination ? { examination: examinationFromWire(wire.examination) } : {}),
  };
}

function choicesToWire(choices: NonNullable<AgentReport['choices']>): WireChoices {
  return {
    services: choices.slice(0, choicesAtMost).map((one) => ({ ...one, sinceMs: unsigned(one.sinceMs) })),
  };
}

export function returnPathToWire({ realServer, heard, silent }: ReturnPathReport): WireReturnPath {
  return { realServer, heard: [...heard], silent: [...silent] };
}

function examinationToWire({ findings, well, sinceMs }: ExaminationReport): WireExamination {
  return {
    findings: findings.slice(0, findingsAtMost).map(({ id, level, what, mend = '' }) => ({
      ...{ id: sayable(id), level, what: sayable(what), mend: sayable(mend) },
    })),
    well,
    sinceMs: unsigned(sinceMs),
  };
}

function examinationFromWire({ findings, well, sinceMs }: Examination__Output): ExaminationReport {
  return {
    findings: findings.slice(0, findingsAtMost).map(({ id, level, what, mend }) => ({
      id,
      // A later version may know more of them: what that means is not known here.
      level: findingLevels.find((one) => one === level) ?? 'unknown',
      what,
      why: whyOf(id),
      ...(mend === '' ? {} : { mend }),
    })),
    well,
    sinceMs,
  };
}

export function changesToWire(changes: ReportChanges): WireChanges {
  return {
    said: reportToWire(changes.said),
    gonePaths: [...changes.gonePaths],
    goneDestinations: changes.goneDestinations.map((one) => ({ ...one })),
    goneApplications: [...changes.goneApplications],
    goneReturnPaths: [...(changes.goneReturnPaths ?? [])],
  };
}

/** Undefined where it says nothing at all. */
export function changesFromWire(wire: ReportChanges__Output, words: WordReader): ReportChanges | undefined {
  const { said, gonePaths, goneDestinations, goneApplications, goneReturnPaths } = wire;
  if (!said) return undefined;
  return {
    said: reportFromWire(said, words),
    gonePaths,
    goneDestinations,
    goneApplications,
    ...(goneReturnPaths.length === 0 ? {} : { goneReturnPaths }),
  };
}

/** Programs that know of no port without a check take it for one of which nothing is known. */
function verdictToWire(verdict: AppVerdict): { verdict: string; unchecked?: true } {
  return verdict === 'unchecked' ? { verdict: 'unknown', unchecked: true } : { verdict };
}

function verdictFromWire(path: string, verdict: string, unchecked: boolean, words: WordReader): AppVerdict {
  return unchecked ? 'unchecked' : words.word(path, verdict, verdicts);
}

function applicationToWire({ failing, verdict, ...report }: ApplicationReport): WireApplicationReport {
  return {
    ...report,
    ...verdictToWire(verdict),
    sinceMs: unsigned(report.sinceMs),
    reason: sayable(report.reason),
    ...(failing === undefined
      ? {}
      : {
          failing: failing.ends.map((end) => ({
            ...end,
            sinceMs: unsigned(end.sinceMs),
            reason: sayable(end.reason),
          })),
          failingCount: failing.count,
        }),
  };
}

function applicationFromWire(wire: ApplicationReport__Output, words: WordReader): ApplicationReport {
  const { service, sinceMs, reason, failing, failingCount } = wire;
  const verdict = verdictFromWire('applications.verdict', wire.verdict, wire.unchecked, words);
  const ends = failing.map((end) => ({
    ...end,
    protocol: words.word('applications.failing.protocol', end.protocol, protocols),
  }));
  return {
    service,
    verdict,
    sinceMs,
    reason,
    ...(failingCount === 0 ? {} : { failing: { ends, count: failingCount } }),
  };
}

/** Presence tells 0 from unknown: what is no measurement is left out, here and on the way in. */
function loadToWire(load: LoadReport): WireLoadReport {
  const connections = measured(load.connections);
  const connectionsUtil = measured(load.connectionsUtil);
  const cpuUtil = measured(load.cpuUtil);
  const backlogUtil = measured(load.backlogUtil);
  return {
    ...(connections === undefined ? {} : { connections: Math.round(connections) }),
    ...(connectionsUtil === undefined ? {} : { connectionsUtil }),
    ...(cpuUtil === undefined ? {} : { cpuUtil }),
    ...(backlogUtil === undefined ? {} : { backlogUtil }),
  };
}

function loadFromWire(wire: LoadReport__Output): LoadReport {
  return {
    connections: measured(wire.connections),
    connectionsUtil: measured(wire.connectionsUtil),
    cpuUtil: measured(wire.cpuUtil),
    backlogUtil: measured(wire.backlogUtil),
  };
}

function measured(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function latencyToWire(entry: LatencyEntry): WireLatencyEntry {
  return { ...entry, p50Us: unsigned(entry.p50Us), p90Us: unsigned(entry.p90Us) };
}
