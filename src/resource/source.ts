/** YAML text as values that still know where they stand in their file. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import { compareMistakes, type Mistake, type PathStep } from './mistake.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a file. */
export interface SourceDocument {
  /** What the document says, as plain values. */
  readonly value: unknown;
  /**
   * Where the value at `path` stands (with `key`: where its key stands). Where the path leads nowhere, the nearest
   * thing above it that is there.
   */
  locate(path: readonly PathStep[], options?: { readonly key: boolean }): Position;
}

/** Enough for thousands of resources; more is not a file that somebody wrote. */
const textLimit = 8 * 1024 * 1024;

/** Each has a cost of its own, even when it is empty. */
const documentsLimit = 20_000;

/** The documents of `text`, empty ones left out, or every place where it is no YAML. */
export function readYaml(
  text: string,
  file: string,
): SourceDocument[] | { readonly mistakes: readonly Mistake[] } {
  const tooMuch = (found: string, limit: number) => ({
    mistakes: [{ file, line: 0, column: 0, path: '', found, expected: `at most ${limit} in a file` }],
  });
  if (text.length > textLimit) return tooMuch(`${text.length} characters`, textLimit);
  const separators = text.match(/^---/gm)?.length ?? 0;
  if (separators > documentsLimit) return tooMuch(`${separators} documents`, documentsLimit);
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // `prettyErrors` would put lines of the file into the message; ours names the line itself.
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    logLevel: 'error',
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const mistakes: Mistake[] = [];
  const found: SourceDocument[] = [];
  for (const document of documents) {
    for (const error of [...document.errors, ...document.warnings]) {
      mistakes.push({ file, ...position(error.pos[0]), path: '', ...yamlMistake(error.code, error.message) });
    }
    if (document.errors.length > 0 || isEmpty(document)) continue;
    try {
      found.push({
        value: document.toJS(),
        locate: (path, options) => position(offsetOf(document, path, options?.key)),
      });
    } catch (error) {
      // Aliases that multiply without end are refused by the parser only here.
      const reason = error instanceof Error ? error.message : String(error);
      mistakes.push({
        file,
        ...position(document.range[0]),
        path: '',
        found: reason,
        expected: 'aliases in moderation',
      });
    }
  }
  return mistakes.length > 0 ? { mistakes: mistakes.sort(compareMistakes) } : found;
}

function isEmpty(document: Document): boolean {
  return document.contents === null || (isScalar(document.contents) && document.contents.value === null);
}

/** The parser's complaint in the shape of a mistake. */
function yamlMistake(code: string, message: string): { found: string; expected: string } {
  if (code === 'DUPLICATE_KEY')
    return { found: 'the same key twice', expected: 'each key once in a mapping' };
  // The parser goes into lists in lists by calling itself.
  if (/call stack|stack overflow/i.test(message))
    return { found: 'lists or mappings within each other hundreds of times', expected: 'a flatter file' };
  const reason = message.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
  return { found: `text that is no YAML (${reason})`, expected: 'valid YAML' };
}

function offsetOf(document: Document, path: readonly PathStep[], wantKey = false): number {
  let node = resolved(document, document.contents);
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      const value = isNode(pair.value) ? pair.value : null;
      offset = startOf(last && !wantKey ? value : pair.key) ?? startOf(pair.key) ?? offset;
      node = resolved(document, value);
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step];
      if (!isNode(item)) return offset;
      offset = startOf(item) ?? offset;
      node = resolved(document, item);
    } else {
      return offset;
    }
  }
  return offset;
}

function resolved(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
