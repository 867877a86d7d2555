/** `npm run bench -- NAME [--json FILE] [OPTIONS]`: runs one benchmark, prints what it found, writes the same as JSON. */
import { writeFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/error.ts';
import { detectionBenchmark } from './detection.ts';
import { kernelBenchmark } from './kernel.ts';
import { knocksBenchmark } from './knocks.ts';
import { weightsBenchmark } from './weights.ts';

export interface Benchmark {
  /** One line for the list. */
  readonly summary: string;
  /** Its own, besides --json. */
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** Tells its progress through `log`; gives lines for a person and a report for programs. */
  run(
    log: (line: string) => void,
    values: Readonly<Record<string, string | boolean | undefined>>,
  ): Promise<{ readonly lines: readonly string[]; readonly report: unknown }>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  detection: detectionBenchmark,
  kernel: kernelBenchmark,
  knocks: knocksBenchmark,
  weights: weightsBenchmark,
};

const usage = `usage: npm run bench -- NAME [--json FILE] [OPTIONS]

${Object.entries(benchmarks)
  .flatMap(([name, { summary, options = {} }]) => [
    `  ${name.padEnd(10)} ${summary}`,
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
  const values = parse(rest, benchmark);
  if (typeof values === 'string') return misuse(values);
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const { lines, report } = await benchmark.run((line) => process.stderr.write(`${line}\n`), values);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (typeof values.json === 'string') writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

/** The values, or what is wrong with the words. */
function parse(
  words: readonly string[],
  { options = {} }: Benchmark,
): Record<string, string | boolean | undefined> | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        ...options,
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : value]),
    );
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
