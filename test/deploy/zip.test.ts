import { expect, it } from 'vitest';
import { zipOf } from '../../deploy/provider/zip.ts';
import { unzip } from './unzip.ts';

const files = [
  { name: 'program', bytes: Buffer.from('#!'.repeat(1_000)), isExecutable: true },
  { name: 'LICENSE', bytes: Buffer.from('what may be done with it\n') },
  { name: 'empty', bytes: Buffer.alloc(0) },
];

it('an archive holds what was put into it, in order, with who may run it', () => {
  expect(unzip(zipOf(files, 1_795_000_000))).toEqual([
    { name: 'program', bytes: files[0]?.bytes, mode: 0o755 },
    { name: 'LICENSE', bytes: files[1]?.bytes, mode: 0o644 },
    { name: 'empty', bytes: files[2]?.bytes, mode: 0o644 },
  ]);
});

it('the same files at the same time are the same bytes, whatever the time zone', () => {
  const zone = process.env.TZ;
  process.env.TZ = 'Pacific/Auckland';
  const there = zipOf(files, 1_795_000_000);
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  expect(there.equals(zipOf(files, 1_795_000_000))).toBe(true);
  // 2026-11-18 11:06:40 UTC, in the form of DOS.
  expect(there.readUInt32LE(10)).toBe(((46 << 9) | (11 << 5) | 18) * 0x1_0000 + ((11 << 11) | (6 << 5) | 20));
});
