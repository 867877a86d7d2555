// Tests that need neither root nor network nor time; those on a real kernel: test/kernel/vitest.config.ts, of what is shipped: test/ship/vitest.config.ts,
// scenarios that take their time: test/scenarios/vitest.config.ts, those under a real Terraform: test/terraform/acceptance/vitest.config.ts.
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { longestFirst } from './test/longest-first.ts';

const elsewhere = [
  ...configDefaults.exclude,
  ...['test/kernel/**', 'test/ship/**', 'test/scenarios/slow/**', 'test/terraform/acceptance/**'],
];
/** Have servers, processes or signals of their own: what one of them leaves behind is not to be the next one's trouble. */
const apart = ['api', 'coordinator', 'etcd', 'runtime', 'scenarios', 'sockets', 'store', 'terraform'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    // More than there are processors: many stories wait, for an etcd or for each other.
    maxWorkers: availableParallelism() + 2,
    sequence: {
      sequencer: longestFirst([
        ...['scenarios/host-faults.test.ts', 'coordinator/cluster-etcd.test.ts'],
        ...['coordinator/cluster-stories.test.ts', 'store/etcd-pitfalls.test.ts'],
      ]),
    },
    // Ends what hangs; nothing here is a matter of time, and the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
    projects: [
      { extends: true, test: { name: 'apart', include: apart, exclude: elsewhere } },
      {
        extends: true,
        // In processes that they share: to start one, and to load the same modules again, takes longer than most of these files.
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...elsewhere, ...apart],
          isolate: false,
        },
      },
    ],
  },
});
