/** `npm run bench -- NAME [PART…] [--json FILE] [OPTIONS]`: runs one benchmark, prints what it found, writes the same as JSON. */
import { writeFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/error.ts';
import { detectionBenchmark } from './detection.ts';
import { fanoutBenchmark } from './fanout.ts';
import { kernelBenchmark } from './kernel.ts';
import { knocksBenchmark } from './knocks.ts';
import { loopsBenchmark } from './loops.ts';
import { weightsBenchmark } from './weights.ts';

export interface Benchmark {
  /** One line for the list. */
  readonly summary: string;
  /** Its own, besides --json. */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** What of it may be asked for by name; absent: it is one whole. */
  readonly parts?: readonly string[];
  /** Tells its progress through `log`; gives lines for a person and a report for programs. `parts`: those asked for, all where none is. */
  run(
    log: (line: string) => void,
    values: Readonly<Record<string, string | boolean | undefined>>,
    parts: readonly string[],
  ): Promise<{ readonly lines: readonly string[]; readonly report: unknown }>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  detection: detectionBenchmark,
  fanout: fanoutBenchmark,
  kernel: kernelBenchmark,
  knocks: knocksBenchmark,
  loops: loopsBenchmark,
  weights: weightsBenchmark,
};

const usage = `usage: npm run bench -- NAME [PART…] [--json FILE] [OPTIONS]

${Object.entries(benchmarks)
  .flatMap(([name, { summary, options = {}, parts = [] }]) => [
    `  ${name.padEnd(10)} ${summary}`,
    ...(parts.length === 0 ? [] : [`    parts: ${parts.join(', ')}`]),
    ...optionLines(options),
  ])
  .join('\n')}
`;

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined) return misuse('which benchmark?');
  if (name === '--help' || name === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark === undefined) {
    return misuse(`there is no benchmark ${name}; there is: ${Object.keys(benchmarks).join(', ')}`);
  }
  const parsed = parse(rest, benchmark);
  if (typeof parsed === 'string') return misuse(parsed);
  const { values, parts } = parsed;
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const { lines, report } = await benchmark.run((line) => process.stderr.write(`${line}\n`), values, parts);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (typeof values.json === 'string') writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

interface Asked {
  readonly values: Record<string, string | boolean | undefined>;
  readonly parts: readonly string[];
}

/** What is asked for, or what is wrong with the words. */
function parse(words: readonly string[], { options = {}, parts = [] }: Benchmark): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: parts.length > 0,
      options: {
        ...options,
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const asked: readonly string[] = positionals;
    const unknown = asked.find((part) => !parts.includes(part));
    if (unknown !== undefined) return `there is no part ${unknown}; there is: ${parts.join(', ')}`;
    return {
      values: Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : value]),
      ),
      parts: asked.length === 0 ? parts : parts.filter((part) => asked.includes(part)),
    };
  } catch (error) {
    return messageOf(error);
  }
}

function optionLines(options: NonNullable<ParseArgsConfig['options']>): string[] {
  return Object.entries(options).map(
    ([name, { type, default: value }]) =>
      `    --${name}${type === 'string' ? ' …' : ''}${typeof value === 'string' ? `  (${value})` : ''}`,
  );
}

function misuse(message: string): number {
  process.stderr.write(`bench: ${message}\n\n${usage}`);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
