// Are entries of the kernel's IPVS table edited in place and deleted in any order, and is a refusal told with its reason?
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Destination, IpvsOperation } from '../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { adding, asWritten, everyKind, ipvsadm, openIpvs, service, tunnelTo, web } from './ipvs-tools.ts';
import { typescriptNode } from './typescript-program.ts';

let ipvs: Ipvs;
beforeAll(async () => {
  ipvs = await openIpvs();
});
beforeEach(() => {
  ipvsadm('-C');
});
afterAll(() => ipvs.close());

describe('edits', () => {
  test('a service: scheduler, its flags, persistence on and off again', async () => {
    const first = service(web);
    const second = service(web, {
      scheduler: 'mh',
      schedulerFlags: { fallback: true, port: true },
      persistenceSeconds: 60,
    });
    await ipvs.apply(adding([{ service: first, destinations: [tunnelTo('10.1.0.2', 80, 1)] }]));
    expect(await ipvs.apply([{ kind: 'edit-service', service: second, from: first }])).toEqual([]);
    expect((await ipvs.readService(web))?.service).toEqual(second);
    expect(ipvsadm('-Sn')).toContain('-s mh -p 60 -b mh-fallback,mh-port');
    expect(await ipvs.apply([{ kind: 'edit-service', service: first, from: second }])).toEqual([]);
    expect((await ipvs.readService(web))?.service).toEqual(first);
    expect(ipvsadm('-Ln', '-t', '192.0.2.10:80')).toContain('10.1.0.2:80');
  });

  test('a destination: weight, forwarding and tunnel, its place kept', async () => {
    const before = [tunnelTo('10.1.0.2', 80, 1), tunnelTo('10.1.0.3', 80, 1), tunnelTo('10.1.0.4', 80, 1)];
    await ipvs.apply(adding([{ service: service(web), destinations: before }]));
    const [, middle] = before;
    if (middle === undefined) throw new Error('three destinations');
    const changed: Destination = {
      ...middle,
      weight: 0,
      tunnel: { type: 'gue', port: 6080, checksum: true },
    };
    await ipvs.apply([{ kind: 'edit-destination', key: web, destination: changed, from: middle }]);
    const [entry] = asWritten(await ipvs.read());
    expect(entry?.destinations).toEqual([before[0], changed, before[2]]);
  });

  test('destinations and services go, in any order, and once more without a failure', async () => {
    await ipvs.apply(adding(everyKind));
    const operations = everyKind.flatMap(({ service: { key }, destinations }): IpvsOperation[] => [
      ...destinations.map((destination): IpvsOperation => ({ kind: 'delete-destination', key, destination })),
      { kind: 'delete-service', key },
    ]);
    expect(await ipvs.apply(operations)).toEqual([]);
    expect(ipvsadm('-Sn')).toBe('');
    expect(await ipvs.apply(operations)).toEqual([]);
    expect(await ipvs.apply(operations.toReversed())).toEqual([]);
  });
});

describe('refusals', () => {
  test.each<{ name: string; operation: IpvsOperation; errno: string; words: string }>([
    {
      name: 'a service that is there',
      operation: { kind: 'add-service', service: service(web) },
      errno: 'EEXIST',
      words: 'exists already',
    },
    {
      name: 'a destination that is there',
      operation: { kind: 'add-destination', key: web, destination: tunnelTo('10.1.0.2', 80, 1) },
      errno: 'EEXIST',
      words: 'has this destination already',
    },
    {
      name: 'an edit of a destination that is not there',
      operation: {
        kind: 'edit-destination',
        key: web,
        destination: tunnelTo('10.1.0.3', 80, 1),
        from: tunnelTo('10.1.0.3', 80, 2),
      },
      errno: 'ENOENT',
      words: 'no such destination',
    },
    {
      name: 'a destination of a service that is not there',
      operation: {
        kind: 'add-destination',
        key: { ...web, port: 81 },
        destination: tunnelTo('10.1.0.2', 81, 1),
      },
      errno: 'ESRCH',
      words: 'no such service',
    },
    {
      name: 'an edit of a service that is not there',
      operation: {
        kind: 'edit-service',
        service: service({ ...web, port: 81 }),
        from: service({ ...web, port: 81 }),
      },
      errno: 'ESRCH',
      words: 'no such service',
    },
    {
      name: 'an unknown scheduler',
      operation: { kind: 'add-service', service: service({ ...web, port: 82 }, { scheduler: 'nosuch' }) },
      errno: 'ENOENT',
      words: 'modprobe ip_vs_nosuch',
    },
    {
      name: 'a destination of the other family without a tunnel',
      operation: {
        kind: 'add-destination',
        key: web,
        destination: { address: '2001:db8::1', port: 80, weight: 1, forwarding: 'direct' },
      },
      errno: 'EINVAL',
      words: 'other family',
    },
  ])('$name: $errno', async ({ operation, errno, words }) => {
    await ipvs.apply(adding([{ service: service(web), destinations: [tunnelTo('10.1.0.2', 80, 1)] }]));
    const before = ipvsadm('-Sn');
    const [failure] = await ipvs.apply([operation]);
    expect(failure?.error).toMatchObject({ code: 'kernel', errno });
    expect(failure?.error.message).toContain(words);
    expect(ipvsadm('-Sn')).toBe(before);
  });

  test('without the privilege: one line with the remedy', () => {
    const module = new URL('../../src/kernel/ipvs/ipvs.ts', import.meta.url).href;
    const script = `import { createIpvs } from '${module}';
      await createIpvs().catch((error) => console.log(error.code, error.message));`;
    const child = spawnSync(
      'setpriv',
      [
        '--bounding-set=-net_admin',
        '--inh-caps=-net_admin',
        ...typescriptNode,
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(child.stdout).toMatch(/^permission open IPVS: .*CAP_NET_ADMIN.*\n$/);
  });
});
