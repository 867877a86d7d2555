// The executable for arm64, under an emulator of its processor.
import { describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { run } from './running.ts';
import { readShipped } from './shipped.ts';

const { arm64 = '', qemu = '', arm64Libraries = '' } = readShipped(process.env);
const there = arm64 !== '' && qemu !== '' && arm64Libraries !== '';

describe.skipIf(!there)('the executable for arm64', () => {
  it.each(['coordinator', 'director', 'realserver'])('is the %s, its addon loaded', async (role) => {
    const ended = await run(qemu, ['-L', arm64Libraries, arm64, role, '--version']);
    expect(ended).toEqual({ status: 0, stdout: `${programVersion}\n`, stderr: '' });
  });

  it('is the admin client', async () => {
    const { stdout } = await run(qemu, ['-L', arm64Libraries, arm64, '--help']);
    expect(stdout).toContain('Usage: causeway [options] [command]');
  });
});
