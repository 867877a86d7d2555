/** `npm run fuzz`: a million inputs to each decoder, or so many to one of them; the same seed gives the same inputs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/error.ts';
import { decoders } from './decoders/all.ts';
import { type Failure, failureText } from './fuzz.ts';
import { runDecoder } from './run-decoder.ts';

const usage = `usage: npm run fuzz -- [--decoder NAME] [--count N] [--seed S] [--first I] [--jobs J]

Gives each decoder inputs that are nearly right, and noise. Each must be read, or refused in the decoder's own words, in time, and
what is made of it must not be large. Fails with the input, in test/fuzz/failures/, and how to have it again.

  --decoder NAME   this one alone (may be given several times; default: all)
  --count N        inputs to each (default: 1000000)
  --seed S         from which all inputs follow (default: 1)
  --first I        begins with input I (default: 0, where the valid ones are)
  --jobs J         decoders at the same time (default: 1)

Decoders:
${decoders.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join('\n')}
`;

const progressEveryMs = 10_000;
const failureFolder = new URL('failures/', import.meta.url);

interface Asked {
  readonly names: readonly string[];
  readonly count: number;
  readonly seed: number;
  readonly first: number;
  readonly jobs: number;
}

process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  const asked = read(argv);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n`);
    return 2;
  }
  if (asked === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const { names, count, seed, first, jobs } = asked;
  say(`${names.length} decoders, ${count} inputs each, seed ${seed}`);
  const waiting = [...names];
  const failures: Failure[] = [];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const failure = await one(name, { count, seed, first });
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  say(
    failures.length === 0
      ? 'all of them read or refused all of it'
      : `${failures.length} of ${names.length} decoders failed`,
  );
  return failures.length === 0 ? 0 : 1;
}

async function one(
  name: string,
  { count, seed, first }: Pick<Asked, 'count' | 'seed' | 'first'>,
): Promise<Failure | undefined> {
  const startedMs = performance.now();
  let toldMs = startedMs;
  const failure = await runDecoder(
    { decoder: name, seed, first, count },
    {
      onProgress(number) {
        const nowMs = performance.now();
        if (nowMs - toldMs < progressEveryMs) return;
        toldMs = nowMs;
        const done = number - first;
        const rate = Math.round(done / ((nowMs - startedMs) / 1_000));
        say(`${name.padEnd(20)} ${done} of ${count}, ${rate} a second`);
      },
    },
  );
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  if (failure === undefined) {
    say(`${name.padEnd(20)} ok, ${count} inputs in ${seconds} s`);
    return undefined;
  }
  mkdirSync(failureFolder, { recursive: true });
  const file = new URL(`${name}-${seed}-${failure.number}.bin`, failureFolder);
  writeFileSync(file, failure.input);
  say(`${failureText(failure)}\n  whole: ${file.pathname}`);
  if (failure.error instanceof Error) say(`  ${failure.error.stack?.split('\n').slice(0, 6).join('\n  ')}`);
  return failure;
}

function read(argv: readonly string[]): Asked | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        decoder: { type: 'string', multiple: true },
        count: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        first: { type: 'string', default: '0' },
        jobs: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return undefined;
    const known = decoders.map(({ name }) => name);
    const names = values.decoder ?? known;
    const strange = names.find((name) => !known.includes(name));
    if (strange !== undefined) return `--decoder: found ${strange}, expected one of ${known.join(', ')}`;
    const number = (flag: 'count' | 'seed' | 'first' | 'jobs', least: number): number => {
      const value = Number(values[flag]);
      if (Number.isSafeInteger(value) && value >= least) return value;
      throw new Error(
        `--${flag}: found ${JSON.stringify(values[flag])}, expected a whole number from ${least} on`,
      );
    };
    return {
      names,
      count: number('count', 1),
      seed: number('seed', 0),
      first: number('first', 0),
      jobs: number('jobs', 1),
    };
  } catch (error) {
    return messageOf(error);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
