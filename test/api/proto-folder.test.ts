import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { protoFolder } from '../../src/api/proto-folder.ts';

it('finds proto/ beside dist/ and above src/api/, and says so where there is none', async () => {
  const root = await mkdtemp(join(tmpdir(), 'causeway-load-'));
  await mkdir(join(root, 'proto/causeway/v1'), { recursive: true });
  await writeFile(join(root, 'proto/causeway/v1/admin.proto'), '');
  expect(protoFolder(join(root, 'dist'))).toBe(join(root, 'proto'));
  expect(protoFolder(join(root, 'src/api'))).toBe(join(root, 'proto'));
  await rm(root, { recursive: true });
  expect(() => protoFolder(join(root, 'dist'))).toThrow('the installation is incomplete');
});
