// Tests of what is shipped: they run what `build:bin` and `build:deb` made, which the runner (test/ship/suite.ts) hands them.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/ship/**/*.test.ts'],
    // Emulated programs and package managers: one after the other, on a machine that others use.
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
