import { afterAll, beforeAll, describe } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { storeContract } from './contract.ts';

describe.skipIf(etcdPrograms === undefined)('with a real etcd', () => {
  let etcd: EtcdCluster;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());

  storeContract('etcd', async () => {
    const prefix = `/test-${++count}/`;
    const { endpoints } = etcd;
    return {
      open: (options = {}) =>
        openEtcdStore({
          ...{ endpoints, prefix, access: {}, clock: realClock, random: Math.random },
          ...options,
        }),
      async forget(store) {
        const { revision } = await store.read({ keys: [] });
        await etcdctl(etcd, ['compact', String(revision), '--physical']);
      },
      dispose: async () => {},
    };
  });
});
