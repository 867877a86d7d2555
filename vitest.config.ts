// Tests that need neither root nor network nor time; those on a real kernel: test/kernel/vitest.config.ts, of what is shipped: test/ship/vitest.config.ts,
// scenarios that take their time: test/scenarios/vitest.config.ts, those under a real Terraform: test/terraform/acceptance/vitest.config.ts.
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...['test/kernel/**', 'test/ship/**', 'test/scenarios/slow/**', 'test/terraform/acceptance/**'],
    ],
    // One more than there are processors: many stories wait, for an etcd or for each other.
    maxWorkers: availableParallelism() + 1,
    // Ends what hangs; nothing here is a matter of time, and the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
  },
});
