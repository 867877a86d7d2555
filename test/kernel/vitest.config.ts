// Tests on a real kernel: one worker a file, each in a fresh network namespace, on the lab's kernel.
import { defineConfig } from 'vitest/config';
import { longestFirst } from '../longest-first.ts';
import { namespacePool } from './namespace-pool.ts';
import { deadline, pace, paceEnvironment } from './pace.ts';

process.stdout.write(`pace: every limit is ${pace} times as long as on a quiet emulated kernel\n`);

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/kernel/**/*.test.ts'],
    pool: namespacePool,
    isolate: true,
    // As many as the lab's machine has processors: with one more its stories take as long together, and each is slowed by half.
    maxWorkers: 2,
    sequence: {
      sequencer: longestFirst(
        [
          'slow/undo',
          'slow/routing',
          'slow/path-mtu',
          'agent-story',
          'slow/liveness-faults',
          'agent-liveness',
          'slow/agent-ranges',
          'slow/return-path',
          'slow/five-minutes',
          'slow/drift',
          'slow/agent-networks',
          'readme-service',
          'slow/agent-conditions',
          'attacker',
          'vip-doors',
          'nft-flush',
          'host-decapsulation',
          'lab',
          'host-local-node',
          'agent-nat',
        ].map((name) => `kernel/${name}.test.ts`),
      ),
    },
    env: paceEnvironment,
    testTimeout: deadline(60_000),
    hookTimeout: deadline(60_000),
    teardownTimeout: deadline(10_000),
  },
});
