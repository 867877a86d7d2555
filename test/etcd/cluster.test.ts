/** What the tests stand on: a real etcd that they start, kill and stop by themselves. */
import { afterEach, describe, expect, it } from 'vitest';
import { type EtcdCluster, etcdPrograms, startEtcd } from './cluster.ts';

describe.skipIf(etcdPrograms === undefined)('an etcd of the tests', () => {
  let cluster: EtcdCluster | undefined;
  afterEach(() => cluster?.dispose());
  const isHealthy = async (endpoint = ''): Promise<boolean> =>
    (await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined))?.ok ??
    false;

  it('has three members, goes on without one of them, and takes it back', async () => {
    cluster = await startEtcd({ size: 3 });
    const [first, second] = cluster.members;
    await first?.kill();
    expect(await isHealthy(first?.endpoint)).toBe(false);
    await expect.poll(() => isHealthy(second?.endpoint)).toBe(true);
    await first?.start();
    expect(await isHealthy(first?.endpoint)).toBe(true);
  });

  it('answers nobody while it is stopped', async () => {
    cluster = await startEtcd();
    const [only] = cluster.members;
    await only?.stop();
    expect(await isHealthy(only?.endpoint)).toBe(false);
    only?.goOn();
    await expect.poll(() => isHealthy(only?.endpoint)).toBe(true);
  });
});
