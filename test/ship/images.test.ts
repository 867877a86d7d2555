// The images, built from the Dockerfile by a real engine, in a Debian of its own and without a network; and run.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildWords, imageTag, imageTargets } from '../../deploy/images/commands.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { readShipped } from './shipped.ts';

const { imageBuilder = '', imageBase = '', imageContext = '' } = readShipped(process.env);
const there = imageBuilder !== '' && imageBase !== '' && imageContext !== '';
const buildTimeoutMs = 600_000;
/** Neither a daemon nor the machine's own storage has a part in it. */
const environment = 'export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot HOME=/root';
const base = 'localhost/base';

const inspected = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string().optional(),
      Entrypoint: z.array(z.string()),
      Labels: z.record(z.string(), z.string()),
      Healthcheck: z.object({ Test: z.array(z.string()) }).optional(),
    }),
  }),
});

describe.skipIf(!there)('the images', () => {
  let root: DebianRoot;
  const sh = async (line: string, timeoutMs?: number): Promise<string> => {
    const { status, stdout, stderr } = await root.sh(`${environment}; ${line}`, timeoutMs);
    expect(status, `${line}\n${stdout}\n${stderr}`).toBe(0);
    return stdout.trim();
  };
  const tagOf = (target: (typeof imageTargets)[number]) =>
    imageTag({ target, architecture: 'x64', version: programVersion });
  const configOf = async (target: (typeof imageTargets)[number]) =>
    inspected.parse(JSON.parse(await sh(`buildah inspect --type image ${tagOf(target)}`))).Docker.config;

  beforeAll(async () => {
    root = await openDebianRoot(imageBuilder);
    cpSync(imageBase, join(root.folder, 'base.tar'));
    cpSync(imageContext, join(root.folder, 'context'), { recursive: true });
    await sh(
      `set -e; base=$(buildah from scratch); buildah add --quiet $base /base.tar /; buildah commit --quiet $base ${base}; buildah rm $base`,
      buildTimeoutMs,
    );
  }, buildTimeoutMs);
  afterAll(() => root?.remove());

  it.each(imageTargets)(
    '%s is built without a network from a base that has all, and runs',
    async (target) => {
      const words = buildWords('buildah', {
        ...{ target, architecture: 'x64', version: programVersion, seconds: 1_700_000_000 },
        ...{ base, context: '/context' },
      });
      await sh(`buildah ${words.join(' ')} 2>&1`, buildTimeoutMs);
      const { Entrypoint, Labels } = await configOf(target);
      expect(Labels).toMatchObject({
        'org.opencontainers.image.version': programVersion,
        'org.opencontainers.image.licenses': 'Apache-2.0',
      });
      expect(
        await sh(
          `c=$(buildah from ${tagOf(target)}) && buildah run $c -- ${Entrypoint.join(' ')} --version; buildah rm $c >/dev/null`,
        ),
      ).toBe(programVersion);
    },
    buildTimeoutMs,
  );

  it(
    'a coordinator lives in its own, as its own user, and its health is told by what the image asks',
    async () => {
      const { Entrypoint, Healthcheck, User } = await configOf('coordinator');
      expect(User).toBe('64480:64480');
      const [kind, ...question] = Healthcheck?.Test ?? [];
      expect(kind).toBe('CMD');
      const quoted = question.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      const told = await sh(
        [
          'ip link set lo up',
          `c=$(buildah from ${tagOf('coordinator')})`,
          `(buildah run $c -- ${Entrypoint.join(' ')} --site fra --name fra-c1 --listen 127.0.0.1:7400 >/coordinator.log 2>&1 &)`,
          'for i in $(seq 200); do',
          `  if buildah run $c -- ${quoted} 2>/dev/null; then`,
          '    echo healthy; buildah run $c -- sh -c "id -u; ls -ldn /var/lib/causeway/coordinator"; exit',
          '  fi; sleep 0.3',
          'done; cat /coordinator.log',
        ].join('\n'),
      );
      expect(told).toMatch(/^healthy\n64480\n/);
      expect(told).toMatch(/^drwx------ \d+ 64480 64480 /m);
    },
    buildTimeoutMs,
  );
});
