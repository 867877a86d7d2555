// What the page on operating an etcd tells people to type is what etcd, and the coordinator, take.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/runtime/config.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';

const page = readFileSync(new URL('../../docs/operating-etcd.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);

it('has a configuration that a coordinator takes', () => {
  const [yaml = ''] = blocks('yaml');
  const config = loadConfig('coordinator', { argv: [], env: {}, hostname: 'c1', readFile: () => yaml });
  expect(config).toMatchObject({ etcdUser: 'causeway', etcdPrefix: '/causeway/' });
  expect(config.etcd).toHaveLength(3);
});

describe.skipIf(etcdPrograms === undefined)('with a real etcd', () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());

  it('its grants are enough for a coordinator, and take nobody else in', async () => {
    const [grants = ''] = blocks('sh');
    const lines = grants.trim().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const [program, ...words] = line.split(' ');
      expect(program).toBe('etcdctl');
      await etcdctl(etcd, words);
    }
    const options = { endpoints: etcd.endpoints, clock: realClock, random: Math.random };
    const access = { user: { name: 'causeway', password: 'PASSWORD' } };
    const store = await openEtcdStore({ ...options, prefix: '/causeway/', access });
    await store.close();
    await expect(openEtcdStore({ ...options, prefix: '/other/', access })).rejects.toMatchObject({
      code: 'permission',
    });
  });

  it('its restore has flags that there are', () => {
    const help = execFileSync(etcdPrograms?.etcdutl ?? '', ['snapshot', 'restore', '--help']).toString();
    const restore = blocks('sh').find((block) => block.startsWith('etcdutl')) ?? '';
    const flags = [...restore.matchAll(/ (--[a-z-]+)/g)].map(([, flag = '']) => flag);
    expect(flags.length).toBeGreaterThan(5);
    for (const flag of flags) expect(help).toContain(` ${flag} `);
  });
});
