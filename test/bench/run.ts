/** `npm run bench -- NAME [--json FILE]`: runs one benchmark, prints what it found, writes the same as JSON. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/error.ts';
import { kernelBenchmark } from './kernel.ts';

export interface Benchmark {
  /** One line for the list. */
  readonly summary: string;
  /** Tells its progress through `log`; gives lines for a person and a report for programs. */
  run(log: (line: string) => void): Promise<{ readonly lines: readonly string[]; readonly report: unknown }>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  kernel: kernelBenchmark,
};

const usage = `usage: npm run bench -- NAME [--json FILE]

${Object.entries(benchmarks)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
`;

async function main(words: readonly string[]): Promise<number> {
  const parsed = parse(words);
  if (typeof parsed === 'string') return misuse(parsed);
  const { name, json, help } = parsed;
  if (help) {
    process.stdout.write(usage);
    return 0;
  }
  if (name === undefined) return misuse('which benchmark?');
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark === undefined) {
    return misuse(`there is no benchmark ${name}; there is: ${Object.keys(benchmarks).join(', ')}`);
  }
  const { lines, report } = await benchmark.run((line) => process.stderr.write(`${line}\n`));
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

function parse(
  words: readonly string[],
): { name: string | undefined; json: string | undefined; help: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
    if (positionals.length > 1) return `one benchmark at a time, found ${positionals.join(' ')}`;
    return { name: positionals[0], json: values.json, help: values.help };
  } catch (error) {
    return messageOf(error);
  }
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
