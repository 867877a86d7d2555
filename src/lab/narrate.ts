// The run as a person follows it: headings, one small table a phase, the verdict.

import type { FaultOutcome } from './fault-phase.ts';
import type { FaultFigures, Report } from './lab-report.ts';
import { paceText } from './pace.ts';
import type { ClientFigures } from './statistics.ts';

export interface Style {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

const escapeCode = String.fromCharCode(27);

/** Colours for a terminal, the bare text for everything else. */
export function createStyle(terminal: boolean): Style {
  const sgr = (code: number) => (text: string) =>
    terminal ? `${escapeCode}[${code}m${text}${escapeCode}[0m` : text;
  return { bold: sgr(1), good: sgr(32), bad: sgr(31), faint: sgr(2) };
}

export function clientTable(clients: Readonly<Record<string, ClientFigures>>): string[] {
  const head = ['client', 'requests', 'errors', 'served by', 'p50 ms', 'p99 ms'];
  const rows = Object.entries(clients).map(([site, figures]) => [
    site,
    String(figures.requests),
    String(figures.errors),
    servedByText(figures.servedBy),
    whole(figures.p50Ms),
    whole(figures.p99Ms),
  ]);
  return alignColumns([head, ...rows], ['left', 'right', 'right', 'left', 'right', 'right']);
}

function servedByText(servedBy: Readonly<Record<string, number>>): string {
  const parts = Object.entries(servedBy).toSorted(([, a], [, b]) => b - a);
  return parts.length === 0 ? 'nobody' : parts.map(([site, count]) => `${site} ${count}`).join(', ');
}

function whole(ms: number): string {
  return String(Math.round(ms));
}

function alignColumns(rows: readonly string[][], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return sides[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

export function faultLine({
  detectedMs,
  convergedMs,
  errorsAfterConvergence,
  recoveredMs,
}: Pick<FaultFigures, 'detectedMs' | 'convergedMs' | 'errorsAfterConvergence' | 'recoveredMs'>): string {
  const time = (ms: number | null): string => (ms === null ? 'never' : `${ms} ms`);
  return [
    `detected after ${time(detectedMs)}`,
    `converged after ${time(convergedMs)}`,
    `${errorsAfterConvergence} errors after that`,
    ...(recoveredMs === 0 ? [] : [`recovered ${time(recoveredMs)} after the end of the fault`]),
  ].join(' · ');
}

/** What was seen of the control plane. */
export function sightingLines({
  sightings,
  declared,
}: Pick<FaultOutcome, 'sightings' | 'declared'>): string[] {
  if (declared === undefined) return [...sightings];
  const { takenMs, refusal } = declared;
  const change =
    takenMs === undefined
      ? `a change meanwhile is not taken: ${refusal}`
      : `a change meanwhile is taken after ${(takenMs / 1_000).toFixed(1)} s`;
  return [...sightings, change];
}

/** How long things took on this machine meanwhile, and which limits that made. */
export function paceLine({
  pace,
  detectionLimitMs,
  convergenceLimitMs,
}: Pick<FaultFigures, 'pace' | 'detectionLimitMs' | 'convergenceLimitMs'>): string {
  return `pace ${paceText(pace)} · limits: detection ${detectionLimitMs} ms, convergence ${convergenceLimitMs} ms`;
}

export function verdictLines(report: Report, style: Style): string[] {
  const seconds = Math.round(report.durationMs / 1_000);
  const held = report.expectations.filter(({ ok }) => ok).length;
  return [
    ...report.expectations.map(({ name, ok, detail, tooSlow }) =>
      ok
        ? `  ${style.good('held')}    ${name} ${style.faint(`(${detail})`)}`
        : `  ${tooSlow ? 'UNKNOWN' : style.bad('FAILED')} ${tooSlow ? '' : ' '}${name} (${detail})`,
    ),
    '',
    report.ok
      ? style.good(`Everything held: ${held} expectations, ${seconds} s.`)
      : style.bad(
          `${report.tooSlow ? 'This machine is too slow for a verdict' : 'Not everything held'}: ` +
            `${held} of ${report.expectations.length} expectations held, ${seconds} s.`,
        ),
    ...report.reasons.map((reason) => `  ${reason}`),
  ];
}
