/** How a program is set up: flags before `CAUSEWAY_…` variables before one YAML file before defaults. */
import { hostname } from 'node:os';
import { messageOf } from '../domain/error.ts';
import { foundText, type Mistake, mistakeText } from '../resource/mistake.ts';
import { readYaml, type SourceDocument } from '../resource/source.ts';
import { flagName, parseFlags } from './config-flags.ts';
import { type ConfigKey, type ConfigOf, configKeys, type Role } from './config-keys.ts';
import { tlsMistake } from './config-tls.ts';
import { ProgramExit } from './program-exit.ts';

export type { CoordinatorConfig, DirectorConfig, RealServerConfig } from './config-keys.ts';

export interface ConfigInputs {
  /** Without the program itself: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws with `code: 'ENOENT'` where there is none. */
  readonly readFile: (path: string) => string;
  readonly hostname?: string;
}

/**
 * The configuration of one program. Throws `ProgramExit`: status 0 with `--help` and `--version`, 2 where command line,
 * file or a variable is wrong (trying again mends nothing: the units do not); all mistakes at once, each with its place and what is allowed.
 */
export function loadConfig<R extends Role>(role: R, inputs: ConfigInputs): ConfigOf[R] {
  const flags = parseFlags(role, inputs.argv);
  const file = readConfigFile(role, flags.config, inputs);
  const keys: Readonly<Record<string, ConfigKey<unknown>>> = configKeys[role];
  const mistakes: Mistake[] = file.document === undefined ? [] : unknownKeys(file.path, file.document, keys);
  const values: Record<string, unknown> = { role };
  for (const [name, key] of Object.entries(keys)) {
    const given =
      fromFlag(name, key, flags.values) ?? fromVariable(name, key, inputs.env) ?? fromFile(name, key, file);
    const cleaning = flags.values.get('cleanup') === 'true' && key.whenCleaning !== undefined;
    if (given === undefined && cleaning) values[name] = key.whenCleaning;
    else if (given === undefined && key.fallback === undefined) mistakes.push(missing(name, key, file.path));
    else if (given === undefined)
      values[name] = checkedFallback(name, key, inputs.hostname ?? hostname(), mistakes);
    else if ('mistake' in given) mistakes.push(given.mistake);
    else values[name] = given.value;
  }
  if (mistakes.length > 0) {
    throw new ProgramExit(2, mistakes.map((mistake) => `${mistakeText(mistake)}\n`).join(''));
  }
  // Every key of the role's table was read by that table's own reader: the record has the role's shape.
  const config = values as unknown as ConfigOf[R];
  checkTogether(config);
  return config;
}

/** What each alone may be, and both may not. */
function checkTogether(config: ConfigOf[Role]): void {
  // A cleanup calls nobody.
  if (config.role !== 'coordinator' && config.cleanup) return;
  const endpoints = config.role === 'coordinator' ? [config.listen] : config.coordinators;
  const wrong = tlsMistake(config, endpoints);
  if (wrong === undefined) return;
  throw new ProgramExit(2, `${mistakeText(place('tls', wrong.found, wrong.expected))}\n`);
}

type Given = { readonly value: unknown } | { readonly mistake: Mistake } | undefined;

function fromFlag(name: string, key: ConfigKey<unknown>, flags: ReadonlyMap<string, string>): Given {
  const text = flags.get(name);
  if (text === undefined) return undefined;
  return key.fromText(text) ?? { mistake: place(flagName(name), foundText(text), key.expected) };
}

function fromVariable(name: string, key: ConfigKey<unknown>, env: ConfigInputs['env']): Given {
  const variable = variableName(name);
  const text = env[variable];
  if (text === undefined || text === '' || key.flagOnly === true) return undefined;
  return key.fromText(text) ?? { mistake: place(variable, foundText(text), key.expected) };
}

function fromFile(name: string, key: ConfigKey<unknown>, file: ConfigFile): Given {
  const path: readonly string[] = key.inFile ?? [name];
  let value = file.document?.value;
  for (const part of path) value = entriesOf(value).get(part);
  if (value === undefined || file.document === undefined || key.flagOnly === true) return undefined;
  const found = foundText(value);
  const { expected } = key;
  return (
    key.fromFile(value) ?? {
      mistake: { file: file.path, ...file.document.locate(path), path: path.join('.'), found, expected },
    }
  );
}

/** Defaults that come from the host (its name) can be wrong too. */
function checkedFallback(name: string, key: ConfigKey<unknown>, host: string, mistakes: Mistake[]): unknown {
  const value = key.fallback?.({ hostname: host });
  if (name === 'name' && key.fromFile(value) === undefined) {
    mistakes.push(place(`${flagName(name)} (by default the host name)`, foundText(value), key.expected));
  }
  return value;
}

function missing(name: string, key: ConfigKey<unknown>, path: string): Mistake {
  const ways = `${flagName(name)}, ${variableName(name)} or "${name}:" in ${path}`;
  return place(name, 'nothing', `${ways} with ${key.expected}`);
}

function place(where: string, found: string, expected: string): Mistake {
  return { file: where, line: 0, column: 0, path: '', found, expected };
}

interface ConfigFile {
  readonly path: string;
  readonly document: SourceDocument | undefined;
}

function readConfigFile(role: Role, named: string | undefined, inputs: ConfigInputs): ConfigFile {
  const path = named ?? (inputs.env.CAUSEWAY_CONFIG || `/etc/causeway/${role}.yaml`);
  let text: string;
  try {
    text = inputs.readFile(path);
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (absent && named === undefined && !inputs.env.CAUSEWAY_CONFIG) return { path, document: undefined };
    throw new ProgramExit(2, `${path}: cannot be read (${messageOf(error)})\n`);
  }
  const documents = readYaml(text, path);
  if ('mistakes' in documents)
    throw new ProgramExit(2, documents.mistakes.map((m) => `${mistakeText(m)}\n`).join(''));
  const [document, second] = documents;
  if (second !== undefined) {
    const { line, column } = second.locate([]);
    const mistake = {
      file: path,
      line,
      column,
      path: '',
      found: 'a second document',
      expected: 'one configuration',
    };
    throw new ProgramExit(2, `${mistakeText(mistake)}\n`);
  }
  return { path, document };
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(
    value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [],
  );
}

function unknownKeys(
  file: string,
  document: SourceDocument,
  keys: Readonly<Record<string, ConfigKey<unknown>>>,
): Mistake[] {
  const paths = Object.entries(keys).flatMap(([name, key]): (readonly string[])[] =>
    key.flagOnly === true ? [] : [key.inFile ?? [name]],
  );

  /** `inside`: what may stand below `above`, each as the rest of its path. */
  function unknownBelow(
    above: readonly string[],
    value: unknown,
    inside: readonly (readonly string[])[],
  ): Mistake[] {
    const allowed = [...new Set(inside.flatMap(([name]) => name ?? []))];
    const expected = `one of the keys ${allowed.join(', ')}`;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      const place = { file, ...document.locate(above), path: above.join('.') };
      return [{ ...place, found: foundText(value), expected: `a mapping with ${expected}` }];
    }
    return Object.entries(value).flatMap(([name, below]) => {
      const path = [...above, name];
      const deeper = inside.filter(([first, ...rest]) => first === name && rest.length > 0);
      if (deeper.length > 0)
        return unknownBelow(
          path,
          below,
          deeper.map(([, ...rest]) => rest),
        );
      if (allowed.includes(name)) return [];
      const place = { file, ...document.locate(path, { key: true }), path: path.join('.') };
      return [{ ...place, found: 'an unknown key', expected }];
    });
  }

  return unknownBelow([], document.value, paths);
}

/** `stateDir` → `CAUSEWAY_STATE_DIR`. */
function variableName(key: string): string {
  return `CAUSEWAY_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}
