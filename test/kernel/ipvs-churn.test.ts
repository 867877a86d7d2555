// Is a read right while somebody else rewrites other parts of the table?
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { destinationId, serviceId, type VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import { createIpvs } from '../../src/kernel/ipvs/ipvs.ts';

const web: VirtualServiceKey = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 };
const destinations = 40;

test('what nobody touches is read whole and once, each time', async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const ipvs = await createIpvs();
  try {
    const schedulerFlags = { fallback: false, port: false };
    const service = { key: web, scheduler: 'rr', schedulerFlags, persistenceSeconds: 0 };
    const failures = await ipvs.apply([
      { kind: 'add-service', service },
      ...Array.from({ length: destinations }, (_, index) => ({
        kind: 'add-destination' as const,
        key: web,
        destination: {
          address: `10.1.0.${index + 1}`,
          port: 80,
          weight: 1,
          forwarding: 'tunnel' as const,
        },
      })),
    ]);
    expect(failures).toEqual([]);
    const churn = spawn(
      'sh',
      [
        '-c',
        `for round in $(seq 1 25); do
           for port in 81 82 83; do echo "-A -t 192.0.2.10:$port -s rr"; echo "-a -t 192.0.2.10:$port -r 10.2.0.1 -i"; done
           for port in 81 82 83; do echo "-D -t 192.0.2.10:$port"; done
         done | ipvsadm -R`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const ended = once(churn, 'exit');
    let reads = 0;
    while (churn.exitCode === null && churn.signalCode === null && reads < 2000) {
      const table = await ipvs.read();
      reads += 1;
      const ids = table.map((entry) => serviceId(entry.service.key));
      expect(new Set(ids).size).toBe(ids.length);
      const own = table.find((entry) => serviceId(entry.service.key) === serviceId(web));
      expect(new Set(own?.destinations.map(destinationId)).size).toBe(destinations);
    }
    expect(await ended).toEqual([0, null]);
    expect(reads).toBeGreaterThan(0);
  } finally {
    ipvs.close();
  }
});
