// A manual page of what a program says of itself.

export interface ManualOptions {
  readonly name: string;
  readonly section: 1 | 8;
  /** One line, as `apropos` shows it. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  readonly version: string;
  readonly seconds: number;
  readonly seeAlso: readonly string[];
}

/** As man(7) has it. */
export function manualPage(options: ManualOptions): string {
  const { name, section, summary, help, version, seconds, seeAlso } = options;
  const day = new Date(1_000 * seconds).toISOString().slice(0, 10);
  const [usage = '', ...rest] = help.trimEnd().split('\n');
  return [
    `.TH ${escaped(name.toUpperCase())} ${section} ${day} "Causeway ${version}"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    escaped(usage.replace(/^Usage: /, '')),
    '.SH DESCRIPTION',
    '.nf',
    ...rest.join('\n').trim().split('\n').map(escaped),
    '.fi',
    '.SH SEE ALSO',
    seeAlso.map(escaped).join(', '),
    '',
  ].join('\n');
}

/** A hyphen stays one, a backslash too, and no line is a command. */
function escaped(line: string): string {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
