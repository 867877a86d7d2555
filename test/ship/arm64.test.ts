// The executable for arm64, under an emulator of its processor.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { unzip } from '../deploy/unzip.ts';
import { run } from './running.ts';
import { readShipped } from './shipped.ts';

const { arm64 = '', qemu = '', arm64Libraries = '', arm64Provider = '' } = readShipped(process.env);
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

  it.skipIf(arm64Provider === '')('is the Terraform provider, in an archive of its own', async () => {
    const [program] = unzip(readFileSync(arm64Provider));
    expect(program?.name).toBe(`terraform-provider-causeway_v${programVersion}`);
    expect(program?.bytes.equals(readFileSync(arm64))).toBe(true);
    // Terraform alone calls it by that name, and says so by a cookie.
    const ended = await run(qemu, ['-L', arm64Libraries, '-0', program?.name ?? '', arm64]);
    expect(ended).toMatchObject({ status: 1, stderr: expect.stringContaining('Terraform') });
  });
});
