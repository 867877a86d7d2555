import { expect, test } from 'vitest';
import { kernelTable } from './kernel-table.ts';

test('a kernel a row, and below them what failed, and why one has none', () => {
  const counts = { skipped: 0, seconds: 301.4, reason: undefined, failures: [] };
  const table = kernelTable([
    { kernel: '6.1', release: '6.1.0-56-cloud-amd64', passed: 120, failed: 0, ...counts },
    {
      kernel: '6.12',
      release: '6.12.95+deb12-cloud-amd64',
      passed: 118,
      failed: 2,
      ...counts,
      failures: ['test/a.test.ts > one: no', 'test/a.test.ts > two: no'],
    },
    {
      kernel: '7.2',
      release: undefined,
      passed: 0,
      failed: 1,
      ...counts,
      seconds: 0,
      reason: 'no key\nat all',
    },
  ]);
  expect(table.split('\n')).toEqual([
    'kernel  version                    passed  failed  skipped  seconds',
    '6.1     6.1.0-56-cloud-amd64          120       0        0      301',
    '6.12    6.12.95+deb12-cloud-amd64     118       2        0      301',
    '7.2     -                               0       1        0        0',
    'Linux 6.12 failed: test/a.test.ts > one: no',
    'Linux 6.12 failed: test/a.test.ts > two: no',
    'Linux 7.2 failed: no key',
  ]);
});
