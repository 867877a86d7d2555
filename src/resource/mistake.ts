/** What is wrong in a file that a person wrote: where it stands, what was found, what is allowed. */

export interface Mistake {
  readonly file: string;
  /** 1-based; 0 where the mistake has no place of its own in the file. */
  readonly line: number;
  readonly column: number;
  /** Path inside the document: `spec.ports[0]`; empty for the document itself. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

/** `web.yaml:7: spec.ports[0]: found "0/tcp", expected a port from 1 to 65535 with a protocol, such as 80/tcp` */
export function mistakeText(mistake: Mistake): string {
  const where = mistake.line === 0 ? mistake.file : `${mistake.file}:${mistake.line}`;
  const path = mistake.path === '' ? '' : ` ${mistake.path}:`;
  return `${where}:${path} found ${mistake.found}, expected ${mistake.expected}`;
}

/** In the order in which a person reads the files. */
export function compareMistakes(a: Mistake, b: Mistake): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}

const foundLimit = 60;

/** What may stand where it does not belong, and must not be shown: a key in the place of its file, a password in an address. */
function withoutSecrets(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'a private key';
  return text.replace(/(:\/\/[^\s/:@]*):[^\s/@]*@/g, '$1:…@');
}

/** A value as a mistake shows it: text in quotes, collections by their kind, absence as `nothing`. */
export function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(withoutSecrets(value)) : String(value);
  return text.length > foundLimit ? `${text.slice(0, foundLimit - 1)}…` : text;
}

export type PathStep = string | number;

/** `['spec', 'ports', 0]` → `spec.ports[0]`; keys that are no plain words stand in quotes. */
export function pathText(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The way back from `pathText`; a text that it did not make gives the steps up to where it stops making sense. */
export function pathSteps(text: string): PathStep[] {
  const steps: PathStep[] = [];
  const step = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  for (let match = step.exec(text); match !== null; match = step.exec(text)) {
    const [, word, index, quoted] = match;
    if (word !== undefined) steps.push(word);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(String(JSON.parse(quoted)));
  }
  return steps;
}
