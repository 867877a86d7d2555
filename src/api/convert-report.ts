/** What agents report, between the domain and the wire. */
import type { AgentReport } from '../domain/agent-message.ts';
import type { AppVerdict } from '../domain/probe.ts';
import type { AgentPresence, KnockState, LatencyEntry, LoadReport, PathState } from '../domain/report.ts';
import { unsigned, type WordReader } from './convert-words.ts';
import type { LatencyEntry as WireLatencyEntry } from './gen/causeway/v1/LatencyEntry.ts';
import type { LoadReport__Output, LoadReport as WireLoadReport } from './gen/causeway/v1/LoadReport.ts';
import type { Report__Output, Report as WireReport } from './gen/causeway/v1/Report.ts';

const pathStates = ['up', 'down', 'gone', 'unknown'] as const satisfies readonly PathState[];
const presences = ['present', 'absent', 'unknown'] as const satisfies readonly AgentPresence[];
const knockStates = ['works', 'unanswered', 'proxied', 'unknown'] as const satisfies readonly KnockState[];
const verdicts = ['healthy', 'unhealthy', 'unknown'] as const satisfies readonly AppVerdict[];

/** Far more than anybody reads, and far less than what a coordinator would end the stream for. */
const textAtMost = 2_000;
const troublesAtMost = 200;

/** A reason as it is told: what a program or a kernel said may be of any length. */
export function sayable(text: string): string {
  return text.length <= textAtMost ? text : `${text.slice(0, textAtMost - 1).toWellFormed()}…`;
}

export function reportToWire(report: AgentReport): WireReport {
  return {
    paths: report.paths.map((path) => ({
      ...path,
      sinceMs: unsigned(path.sinceMs),
      rttP50Us: unsigned(path.rttP50Us),
      rttP90Us: unsigned(path.rttP90Us),
      answered: unsigned(path.answered),
    })),
    destinations: report.destinations.map((destination) => ({
      ...destination,
      countedSinceMs: unsigned(destination.countedSinceMs),
    })),
    applications: report.applications.map((one) => ({
      ...one,
      sinceMs: unsigned(one.sinceMs),
      reason: sayable(one.reason),
    })),
    ...(report.load === undefined ? {} : { load: loadToWire(report.load) }),
    troubles: report.troubles.slice(0, troublesAtMost).map(sayable),
    held: sayable(report.held),
  };
}

/** A status of an agent has the same parts. */
export function reportFromWire(wire: Report__Output, words: WordReader): AgentReport {
  return {
    paths: wire.paths.map((path) => ({
      ...path,
      state: words.word('paths.state', path.state, pathStates),
      // Programs of before these were told say nothing.
      agent: words.word('paths.agent', path.agent || 'unknown', presences),
      knock: words.word('paths.knock', path.knock || 'unknown', knockStates),
    })),
    destinations: wire.destinations.map(({ verdict, ...destination }) =>
      // Of programs of before, which do not tell it.
      verdict === ''
        ? destination
        : { ...destination, verdict: words.word('destinations.verdict', verdict, verdicts) },
    ),
    applications: wire.applications.map((one) => ({
      ...one,
      verdict: words.word('applications.verdict', one.verdict, verdicts),
    })),
    load: wire.load ? loadFromWire(wire.load) : undefined,
    troubles: wire.troubles,
    held: wire.held,
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
