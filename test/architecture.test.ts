/** Which part may import which, and why. Found by the text of the import statements, types included. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Row {
  /** Folders that must exist; every TypeScript file below them is held to the row. */
  readonly folders: readonly string[];
  /** Only files of these names. */
  readonly files?: RegExp;
  readonly except?: RegExp;
  /** Folders, `npm` (any package), `node:` (any of Node's modules), or names of modules. */
  readonly mustNotImport: readonly (string | RegExp)[];
  readonly because: string;
}

const programs = ['src/coordinator', 'src/cli', 'src/lab', 'agents', 'terraform'];
/** The program itself, which alone knows all of its parts. */
const assembly = /^src\/coordinator\/(main|coordinator|cluster)\.ts$/;
const adapters = ['src/kernel', 'src/store', 'src/api'];

const table: readonly Row[] = [
  {
    folders: ['src/domain'],
    mustNotImport: ['npm', 'node:', /^src\/(?!domain\/)/, 'agents'],
    because: 'nouns are what all else is told in: they know nothing but each other',
  },
  {
    folders: ['src/plan'],
    mustNotImport: ['npm', 'node:', /^src\/(?!domain\/|plan\/)/, 'agents'],
    because: 'deciding is pure: the same snapshot gives the same operations everywhere, and can be printed',
  },
  {
    folders: ['src/kernel'],
    mustNotImport: ['src/store', 'src/api', 'src/plan', ...programs],
    because: 'the kernel is one door: what goes through it is decided elsewhere',
  },
  {
    folders: ['src/store'],
    mustNotImport: ['src/kernel', 'src/api', 'src/plan', ...programs],
    because: 'a store keeps what it is given, and can be exchanged for another',
  },
  {
    folders: ['src/api'],
    mustNotImport: ['src/kernel', 'src/store', 'src/plan', ...programs],
    because: 'the wire carries decisions and makes none',
  },
  {
    folders: ['src/reconcile'],
    mustNotImport: ['src/plan', ...adapters, ...programs, 'npm', 'node:'],
    because:
      'it is handed diff, target and clock, so that every kind of object is reconciled by the same code',
  },
  {
    folders: adapters,
    files: /^(wire|attribute|codec|keys|record|convert)(-.*)?\.ts$/,
    mustNotImport: [
      /^(netlink|etcd3|@grpc\/grpc-js)(\/|$)/,
      /^node:(net|tls|dgram|http2?|https|sqlite|child_process|worker_threads|fs)/,
      /(^|[/-])(client|socket|connection|channel)\.ts$/,
    ],
    because: 'bytes and shapes are tested by vectors, without a socket',
  },
  {
    folders: ['src/coordinator'],
    mustNotImport: ['src/kernel'],
    because: 'the control plane runs on any platform, and touches no data plane',
  },
  {
    folders: ['src/coordinator/view'],
    mustNotImport: [/^src\/coordinator\/(?!view\/)/],
    because: 'every coordinator has the store as values, whatever else it is: those know none of its parts',
  },
  {
    folders: ['src/coordinator/site'],
    mustNotImport: ['src/coordinator/serve', 'src/coordinator/lead', assembly],
    because: 'the owner of a site may be neither the leader nor the one that operators ask',
  },
  {
    folders: ['src/coordinator/serve'],
    mustNotImport: ['src/coordinator/lead', 'src/coordinator/site', assembly],
    because: 'any coordinator is asked, and most lead nothing and own few: what it shows is handed to it',
  },
  {
    folders: ['src/coordinator/lead'],
    mustNotImport: ['src/coordinator/serve', 'src/coordinator/site', 'src/api', assembly],
    because:
      'the leader decides from values and writes to the store; nobody calls it, and agents are not its own',
  },
  {
    folders: ['src/cli'],
    except: /^(doctor(-.*)?|command-restore)\.ts$/,
    mustNotImport: ['src/kernel', 'src/store'],
    because:
      'the admin client asks a coordinator; only the doctor looks at its own host, and restore works where none runs',
  },
  {
    folders: ['agents/director'],
    mustNotImport: ['agents/realserver', 'src/store'],
    because: 'an agent stands alone on its host, and hears from a store only through its coordinator',
  },
  {
    folders: ['agents/realserver'],
    mustNotImport: ['agents/director', 'src/store'],
    because: 'an agent stands alone on its host, and hears from a store only through its coordinator',
  },
  {
    folders: ['agents/shared'],
    mustNotImport: ['agents/director', 'agents/realserver', 'src/store', 'src/plan'],
    because: 'what both agents do alike knows neither, and decides nothing',
  },
  {
    folders: ['src/probe', 'src/resource'],
    mustNotImport: ['src/plan', 'src/reconcile', ...adapters, ...programs],
    because: 'shapes that two programs share: a datagram, a file; neither decides nor reaches further',
  },
  {
    folders: ['src/runtime'],
    mustNotImport: ['src/plan', 'src/reconcile', 'src/store', ...programs],
    because: 'what every program begins and ends with can know none of them',
  },
  {
    folders: ['src/pki'],
    mustNotImport: ['src/plan', 'src/reconcile', ...adapters, ...programs],
    because: 'a CA works where nothing else runs; those who read a certificate need nothing of it',
  },
  {
    folders: ['terraform/provider'],
    mustNotImport: ['src/kernel', 'src/store', 'src/coordinator', 'src/cli', 'src/lab', 'agents'],
    because:
      'the provider asks a coordinator as any client does, and is a program of its own beside the command',
  },
  {
    folders: ['terraform/provider/core'],
    mustNotImport: ['src/api', 'src/runtime', 'node:', /^@grpc\//, /^terraform\/provider\/(?!core\/)/],
    because:
      "what Terraform's core holds a provider to is decided by values alone, and tried without Terraform",
  },
  {
    folders: ['src'],
    mustNotImport: ['agents', 'terraform'],
    because: 'agents and the provider are programs: they use, and are not used',
  },
];

/** Modules that stand behind one file, so that what replaces them replaces one file. */
const single: readonly { readonly module: RegExp; readonly because: string }[] = [
  { module: /^netlink(\/|$)/, because: 'the native addon can abort the process: one file guards it' },
  {
    module: /^etcd3(\/|$)/,
    because: 'its watch and lease are not good enough: one file knows what of it is',
  },
  {
    module: /^@peculiar\/x509(\/|$)/,
    because: 'only whoever makes certificates loads it: agents and coordinators read them with Node alone',
  },
  { module: /^@msgpack\//, because: 'how Terraform writes what is not known stands in one file' },
];

const impure = [
  ['process', /\bprocess\b/],
  ['Date.now', /\bDate\.now\b|\bnew Date\(\)/],
  ['Math.random', /\bMath\.random\b/],
  ['console', /\bconsole\b/],
  ['performance', /\bperformance\b/],
  ['timers', /\bset(Timeout|Interval|Immediate)\b/],
] as const;

describe.each(table)('$folders', (row) => {
  test.each(row.folders)('%s exists', (folder) => {
    expect(existsSync(join(root, folder)), `${folder} is gone: mend the table`).toBe(true);
  });

  test(`imports as it may: ${row.because}`, () => {
    const wrong = row.folders
      .flatMap(filesBelow)
      .filter((file) => (row.files?.test(basename(file)) ?? true) && !row.except?.test(basename(file)))
      .flatMap((file) =>
        importsOf(file)
          .filter((imported) => row.mustNotImport.some((forbidden) => matches(imported, forbidden)))
          .map((imported) => `${file} imports ${imported}`),
      );
    expect(wrong).toEqual([]);
  });
});

test.each(single)('$module is imported in one file at most: $because', ({ module }) => {
  const users = everything().filter((file) => importsOf(file).some((imported) => module.test(imported)));
  expect(users.length, users.join(', ')).toBeLessThanOrEqual(1);
});

test('generated API types stay inside src/api: the rest speaks in the words of src/domain', () => {
  const users = everything().filter(
    (file) =>
      !file.startsWith('src/api/') && importsOf(file).some((imported) => within(imported, 'src/api/gen')),
  );
  expect(users).toEqual([]);
});

const pure = ['src/domain', 'src/plan', 'terraform/provider/core'];

test.each(impure)(`${pure.join(', ')} do without %s`, (_, pattern) => {
  const users = pure.flatMap(filesBelow).filter((file) => pattern.test(withoutStrings(codeOf(file))));
  expect(users).toEqual([]);
});

test('the scan sees every form of import', () => {
  const code = `
    import a from 'a'; import type { B } from "b"; import 'c';
    import { d,
      type E } from './d.ts';
    export * from 'f'; export { g } from 'g'; const h = await import('h');
    // import x from 'comment';
    /* import y from 'comment'; */
    const text = "not // a comment"; const z = importsOf('no');`;
  expect(specifiers(withoutComments(code)).toSorted()).toEqual(['./d.ts', 'a', 'b', 'c', 'f', 'g', 'h']);
});

function everything(): string[] {
  return [...filesBelow('src'), ...filesBelow('agents'), ...filesBelow('terraform')];
}

/** TypeScript files, as paths from the root. */
function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function codeOf(file: string): string {
  return withoutComments(readFileSync(join(root, file), 'utf8'));
}

/** What a file imports: paths from the root, and names of modules. */
function importsOf(file: string): string[] {
  return specifiers(codeOf(file)).map((specifier) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

function specifiers(code: string): string[] {
  const forms = [
    /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

const stringOrComment =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

function withoutComments(code: string): string {
  return code.replace(stringOrComment, (_, text: string | undefined) => text ?? '');
}

function withoutStrings(code: string): string {
  // Templates stay: what stands in `${…}` is code.
  return code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "''");
}

function matches(imported: string, forbidden: string | RegExp): boolean {
  if (forbidden instanceof RegExp) return forbidden.test(imported);
  const isOurs = /^(src|agents|terraform|proto|deploy|test)\//.test(imported);
  if (forbidden === 'npm') return !isOurs && !imported.startsWith('node:');
  if (forbidden === 'node:') return imported.startsWith('node:');
  return within(imported, forbidden);
}

function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
