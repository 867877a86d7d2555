// Tests that need neither root nor network nor time; those on a real kernel: test/kernel/vitest.config.ts.
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/kernel/**'],
    testTimeout: 10_000,
  },
});
