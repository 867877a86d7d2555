/** What the doctor found, for people: what fails first, then warnings, then how much is well. */
import type { Finding, FindingLevel } from '../domain/finding.ts';
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
