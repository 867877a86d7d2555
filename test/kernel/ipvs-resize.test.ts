// Newer kernels (7.2 among ours) move all services into a larger or smaller table while they are read: is each read right?
import { expect, test } from 'vitest';
import { serviceId } from '../../src/domain/ipvs-table.ts';
import { adding, openIpvs, service, web } from './ipvs-tools.ts';

/** Several datagrams of a dump, and several sizes of the kernel's table, which starts with 16 buckets. */
const services = 800;
const kept = 20;
const readsEach = 4;

test('a table that grows and shrinks is read whole and once', async () => {
  const ipvs = await openIpvs();
  try {
    const table = Array.from({ length: services }, (_, index) => ({
      service: service({ ...web, port: index + 1 }, { scheduler: 'rr' }),
      destinations: [],
    }));
    const ids = async () => (await ipvs.read()).map((one) => serviceId(one.service.key));
    const all = table.map((entry) => serviceId(entry.service.key));
    expect(await ipvs.apply(adding(table))).toEqual([]);
    for (let read = 0; read < readsEach; read += 1) expect(await ids()).toEqual(all.toSorted());
    const deleting = table
      .slice(kept)
      .map((entry) => ({ kind: 'delete-service', key: entry.service.key }) as const);
    expect(await ipvs.apply(deleting)).toEqual([]);
    for (let read = 0; read < readsEach; read += 1)
      expect(await ids()).toEqual(all.slice(0, kept).toSorted());
  } finally {
    ipvs.close();
  }
});
