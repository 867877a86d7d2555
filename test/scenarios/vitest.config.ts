// All scenarios, also those that wait for leases and elections: npm test -- --only scenarios.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/scenarios/**/*.test.ts'],
    // One fleet at a time: several would be late for each other's leases.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
