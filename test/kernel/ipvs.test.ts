// Does what we write arrive in the kernel's IPVS table as ipvsadm sees it, and is it read back unchanged?
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { destinationId, type IpvsTable, serviceId } from '../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { adding, asWritten, everyKind, ipvsadm, openIpvs, service, tunnelTo, web } from './ipvs-tools.ts';

let ipvs: Ipvs;
beforeAll(async () => {
  ipvs = await openIpvs();
});
beforeEach(() => {
  ipvsadm('-C');
});
afterAll(() => ipvs.close());

describe('write, then read', () => {
  test('every kind of service and destination comes back as it was written', async () => {
    expect(await ipvs.apply(adding(everyKind))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual(everyKind);
  });

  test('ipvsadm sees the same', async () => {
    await ipvs.apply(adding(everyKind));
    expect(ipvsadm('-Sn').split('\n').filter(Boolean).sort()).toEqual(
      [
        '-A -f 1129775105 -s rr',
        '-a -f 1129775105 -r 10.1.0.2:0 -i -w 1 --tun-type ipip',
        '-A -f 1129775105 -6 -s rr',
        '-a -f 1129775105 -6 -r [2001:db8:1::2]:0 -i -w 1 --tun-type ipip',
        '-A -t 192.0.2.10:80 -s mh -b mh-fallback,mh-port',
        '-a -t 192.0.2.10:80 -r 10.1.0.2:80 -i -w 100 --tun-type ipip',
        '-a -t 192.0.2.10:80 -r 10.1.0.3:80 -i -w 0 --tun-type gre --tun-csum',
        '-a -t 192.0.2.10:80 -r 10.1.0.4:80 -i -w 2147483647 --tun-type gue --tun-port 6080 --tun-csum',
        '-a -t 192.0.2.10:80 -r 10.1.0.5:80 -i -w 7 --tun-type gue --tun-port 65535 --tun-nocsum',
        '-a -t 192.0.2.10:80 -r [2001:db8:1::9]:80 -i -w 3 --tun-type ipip',
        '-a -t 192.0.2.10:80 -r 10.1.0.6:80 -g -w 9',
        '-a -t 192.0.2.10:80 -r 10.1.0.7:8080 -m -w 9',
        '-A -t [2001:db8:a::10]:443 -s sh -p 300 -b sh-fallback',
        '-a -t [2001:db8:a::10]:443 -r [2001:db8:1::2]:443 -i -w 5 --tun-type ipip',
        '-a -t [2001:db8:a::10]:443 -r 10.1.0.2:443 -i -w 6 --tun-type ipip',
        '-a -t [2001:db8:a::10]:443 -r [2001:db8:1::3]:443 -g -w 7',
        '-A -u 192.0.2.10:53 -s wrr -p 1',
        '-a -u 192.0.2.10:53 -r 10.1.0.2:53 -i -w 1 --tun-type ipip',
      ].sort(),
    );
  });

  test('what somebody else wrote is read too', async () => {
    ipvsadm('-A', '-u', '192.0.2.99:80', '-s', 'lblc', '-o');
    ipvsadm('-a', '-u', '192.0.2.99:80', '-r', '10.9.0.1:80', '-g', '-w', '3', '-x', '100', '-y', '10');
    const [entry] = asWritten(await ipvs.read());
    expect(entry).toEqual({
      service: service(
        { kind: 'address', protocol: 'udp', address: '192.0.2.99', port: 80 },
        { scheduler: 'lblc', onePacket: true },
      ),
      destinations: [
        {
          ...{ address: '10.9.0.1', port: 80, weight: 3, forwarding: 'direct' },
          thresholds: { upper: 100, lower: 10 },
        },
      ],
    });
  });

  test('one service alone, and one that is absent', async () => {
    await ipvs.apply(adding(everyKind));
    const found = await ipvs.readService(web);
    expect(found?.destinations).toHaveLength(7);
    expect(await ipvs.readService({ ...web, port: 81 })).toBeUndefined();
  });

  test('an empty table, and a service without destinations', async () => {
    expect(await ipvs.read()).toEqual([]);
    await ipvs.apply([{ kind: 'add-service', service: service(web) }]);
    expect(asWritten(await ipvs.read())).toEqual([{ service: service(web), destinations: [] }]);
  });
});

describe('many', () => {
  const many: IpvsTable = Array.from({ length: 100 }, (_, index) => ({
    service: service({ ...web, port: 1000 + index }),
    destinations: Array.from({ length: 10 }, (_, server) =>
      tunnelTo(`10.${server}.0.9`, 1000 + index, 1 + server),
    ),
  }));

  test('1,100 entries', async () => {
    expect(await ipvs.apply(adding(many))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual(many);
    expect(ipvsadm('-Sn').trimEnd().split('\n')).toHaveLength(1100);
  });

  test('when all of them fail, each says so and the process lives', async () => {
    await ipvs.apply(adding(many));
    const failures = await ipvs.apply(adding(many));
    expect(failures).toHaveLength(1100);
    expect(new Set(failures.map(({ error }) => error.errno))).toEqual(new Set(['EEXIST']));
    expect(failures[0]?.error.subject).toBe('tcp 192.0.2.10:1000');
  });

  test('a service whose destinations do not fit one answer of the kernel', async () => {
    const wide = {
      service: service(web),
      destinations: Array.from({ length: 500 }, (_, n) => tunnelTo(`10.7.${n >> 8}.${n & 255}`, 80, 1 + n)),
    };
    expect(await ipvs.apply(adding([wide]))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual([wide]);
  });

  test('ids of all that is read are distinct', async () => {
    await ipvs.apply(adding(many));
    const table = await ipvs.read();
    const ids = table.flatMap((entry) => [
      serviceId(entry.service.key),
      ...entry.destinations.map((one) => `${serviceId(entry.service.key)} ${destinationId(one)}`),
    ]);
    expect(new Set(ids).size).toBe(1100);
  });
});
