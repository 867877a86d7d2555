/** What the doctor found, for people: what fails first, then warnings, then how much is well. */
import type { ExaminationReport, Finding, FindingLevel } from '../domain/finding.ts';
import { age } from './age.ts';
import { counted } from './refusal.ts';
import { singleLine } from './table.ts';

export interface Examined {
  readonly role: string;
  /** Empty: no configuration says. */
  readonly name: string;
  /** Path of the configuration; empty: there is none. */
  readonly config: string;
  readonly findings: readonly Finding[];
}

const words: Readonly<Record<FindingLevel, string>> = {
  fails: 'FAILS  ',
  warns: 'WARNS  ',
  unknown: 'UNKNOWN',
  ok: 'OK     ',
};

export function examinedText(examined: readonly Examined[]): string {
  return examined.map(one).join('\n');
}

function one({ role, name, config, findings }: Examined): string {
  const place = config === '' ? ' (no configuration)' : ` (${config})`;
  return `${singleLine(`${role} ${name}`)}${place}\n${findingsText(findings)}`;
}

/** Ends with a newline. */
export function findingsText(findings: readonly Finding[]): string {
  const amiss = findings.filter(({ level }) => level !== 'ok');
  const well = findings.length - amiss.length;
  return `${amiss.map(findingText).join('')}${counted(well, 'question')} asked, and all well\n`;
}

function findingText({ id, level, what, why, mend }: Finding): string {
  const lines = [
    `${words[level]}  ${singleLine(id)}: ${singleLine(what)}`,
    ...(why === '' ? [] : [`         why: ${singleLine(why)}`]),
    ...(mend === undefined ? [] : [`         mend: ${singleLine(mend)}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** An agent, and what it found on its host; without `findings` it has not said. */
export interface FleetMember extends Partial<ExaminationReport> {
  readonly role: string;
  readonly name: string;
  readonly site: string;
  readonly connected: boolean;
  /** Absent: it has not reported. */
  readonly reportAgeMs?: number;
}

/** `nowMs`: milliseconds since the epoch. Those of whom all is well are one line in all. */
export function fleetText(fleet: readonly FleetMember[], nowMs: number): string {
  const told = fleet.filter(({ findings }) => findings !== undefined);
  const untold = fleet.filter(({ findings }) => findings === undefined);
  const amiss = told.filter(({ findings = [] }) => findings.length > 0);
  const names = untold.slice(0, namedAtMost).map(({ role, name }) => `${role} ${name}`);
  const silent =
    untold.length === 0
      ? ''
      : `${counted(untold.length, 'agent')} that told nothing of ${untold.length === 1 ? 'its host' : 'their hosts'} ` +
        `(not connected, just started, or of a version before): ${singleLine(names.join(', '))}${untold.length > namedAtMost ? ', …' : ''}\n`;
  return [
    ...amiss.map((member) => `${memberText(member, nowMs)}\n`),
    silent,
    `${counted(told.length - amiss.length, 'agent')} found all well\n`,
  ].join('');
}

const namedAtMost = 5;

function memberText(
  { role, name, site, connected, reportAgeMs, findings = [], well = 0, sinceMs = 0 }: FleetMember,
  nowMs: number,
): string {
  const since = sinceMs === 0 ? '' : `, so for ${age(Math.max(0, nowMs - sinceMs))}`;
  const asOf = reportAgeMs === undefined ? '' : `, told ${age(reportAgeMs)} ago`;
  const lost = connected ? '' : ', not connected';
  const asked = `${counted(well, 'question')} asked, and all well\n`;
  return `${singleLine(`${role} ${name} at ${site}`)}${lost}${asOf}${since}\n${findings.map(findingText).join('')}${asked}`;
}
