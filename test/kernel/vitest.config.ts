// Tests on a real kernel: one worker a file, each in a fresh network namespace, on the lab's kernel.
import { defineConfig } from 'vitest/config';
import { namespacePool } from './namespace-pool.ts';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/kernel/**/*.test.ts'],
    pool: namespacePool,
    isolate: true,
    maxWorkers: 2,
    // Emulated, everything takes some ten times longer than on the machine itself.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
