/** A report's figures, checked on entry: what can't be true is left out and told, and the rest of the report counts. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { ApplicationReport, DestinationReport, LoadReport, PathReport } from '../../domain/report.ts';
import { senderVipsAtMost } from '../../domain/return-path.ts';
import { largest } from '../../plan/estimate/sample.ts';
import { namePattern } from '../../resource/names.ts';

export interface BelievableReport {
  readonly report: AgentReport;
  /** How many figures or entries were left out. */
  readonly refused: number;
  /** The first of them, for the log; empty where there is none. */
  readonly example: string;
}

/** A minute: no probe is waited for so long. */
const largestRttUs = 60_000_000;
/** An IP packet's length has 16 bits. */
const largestMtuBytes = 65_535;
/** Of any scheduler; −1 is a destination that is not in the kernel. */
const largestWeight = 65_535;

export function believableReport(report: AgentReport): BelievableReport {
  let refused = 0;
  let example = '';
  /** Shown so much of it: what is refused may be of any length. */
  const refuse = (what: string): false => {
    refused += 1;
    if (example === '') example = what.slice(0, 120);
    return false;
  };
  const isNamed = (name: string, what: string): boolean =>
    namePattern.test(name) || refuse(`${what} of ${JSON.stringify(name.slice(0, 60))}`);
  const time = (ms: number): number => (isWhole(ms, Number.MAX_SAFE_INTEGER) ? ms : 0);

  function path(one: PathReport): PathReport[] {
    if (!isNamed(one.realServer, 'a path')) return [];
    const figures = { rttP50Us: one.rttP50Us, rttP90Us: one.rttP90Us, answered: one.answered };
    const isPossible =
      isWithin(one.loss, 0, 1) &&
      Object.values(figures).every((figure) => isWithin(figure, 0, Number.MAX_SAFE_INTEGER)) &&
      Math.max(one.rttP50Us, one.rttP90Us) <= largestRttUs;
    const sinceMs = time(one.sinceMs);
    const { mtuBytes = 0, ...unsized } = one;
    const isSizePossible =
      isWhole(mtuBytes, largestMtuBytes) || refuse(`MTU ${mtuBytes} to ${one.realServer}`);
    const believed = isSizePossible ? one : unsized;
    if (isPossible) return sinceMs === one.sinceMs && isSizePossible ? [one] : [{ ...believed, sinceMs }];
    refuse(`path to ${one.realServer}: loss ${one.loss}, ${JSON.stringify(figures)}`);
    // What it makes of the path stands; nothing was measured.
    return [{ ...believed, sinceMs, loss: 0, rttP50Us: 0, rttP90Us: 0, answered: 0 }];
  }

  function isDestination({ service, realServer, weight }: DestinationReport): boolean {
    if (!isNamed(service, 'a destination') || !isNamed(realServer, 'a destination')) return false;
    if (Number.isInteger(weight) && weight >= -1 && weight <= largestWeight) return true;
    return refuse(`weight ${weight} of ${realServer} for ${service}`);
  }

  function application(one: ApplicationReport): ApplicationReport[] {
    if (!isNamed(one.service, 'a verdict')) return [];
    const sinceMs = time(one.sinceMs);
    return sinceMs === one.sinceMs ? [one] : [{ ...one, sinceMs }];
  }

  function load(told: LoadReport | undefined): LoadReport | undefined {
    if (told === undefined) return undefined;
    const believed = (value: number | undefined, limit: number, what: string): number | undefined => {
      if (value === undefined || isWithin(value, 0, limit)) return value;
      refuse(`${what} ${value}`);
      return undefined;
    };
    return {
      connections: believed(told.connections, largest.connections, 'connections'),
      // How far above 1 is still believed, the estimator says.
      connectionsUtil: believed(told.connectionsUtil, 1_000, 'utilisation by connections'),
      cpuUtil: believed(told.cpuUtil, 1_000, 'utilisation of the CPU'),
      backlogUtil: believed(told.backlogUtil, 1_000, 'utilisation of an accept queue'),
    };
  }

  function heard(told: AgentReport['returnPaths']): Pick<AgentReport, 'returnPaths'> {
    if (told === undefined) return {};
    const returnPaths = told.filter(
      (one) =>
        isNamed(one.realServer, 'a return path') &&
        (one.heard.length + one.silent.length <= senderVipsAtMost || refuse(`VIPs of ${one.realServer}`)),
    );
    return returnPaths.length === 0 ? {} : { returnPaths };
  }

  const checked: AgentReport = {
    ...report,
    paths: report.paths.flatMap(path),
    destinations: report.destinations.filter(isDestination),
    applications: report.applications.flatMap(application),
    load: load(report.load),
    ...heard(report.returnPaths),
  };
  return { report: checked, refused, example };
}

function isWithin(value: number, from: number, to: number): boolean {
  return Number.isFinite(value) && value >= from && value <= to;
}

function isWhole(value: number, to: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= to;
}
