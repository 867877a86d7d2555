// The provider under a real Terraform or OpenTofu: npm test -- --only terraform.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../../..', import.meta.url).pathname,
  test: {
    include: ['test/terraform/acceptance/**/*.test.ts'],
    // Each command starts Terraform and the provider several times.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
  },
});
