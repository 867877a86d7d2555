import { describe, expect, test } from 'vitest';
import type { Destination, IpvsOperation, VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import { command } from '../../src/kernel/ipvs/constants.ts';
import { type Ipvs, ipvsOver } from '../../src/kernel/ipvs/ipvs.ts';
import { u16Attribute } from '../../src/kernel/netlink/attribute.ts';
import { type Answer, type FakeKernel, fakeKernel, type Step, single } from '../netlink/fake-kernel.ts';
import { gueDestinationReply, ipv6DestinationReply, serviceReply } from './vectors.ts';

const family = 30;
const esrch = 3;
const enoent = 2;

const resolves: Step = (requests, kernel) => {
  const request = single(requests);
  const name = Buffer.from(request.payload.subarray(8, 12)).toString();
  if (request.type !== 16 || name !== 'IPVS') throw new Error(`asked for family ${name}`);
  const payload = Uint8Array.from([1, 2, 0, 0, ...u16Attribute(1, family)]);
  kernel.reply(request, [{ type: 16, payload }]);
  kernel.acknowledge(request);
};

/** The next request must be this command; it is answered with these payloads, then an end. */
function expects(number: number, end: 'ack' | 'done', payloads: readonly Uint8Array[][], errno = 0): Step {
  return (requests, kernel) => {
    const request = single(requests);
    if (request.type !== family || request.payload[0] !== number) {
      throw new Error(`command ${request.payload[0]} of type ${request.type}, wanted ${number}`);
    }
    for (const datagram of payloads) {
      kernel.reply(
        request,
        datagram.map((payload): Answer => ({ type: family, flags: 2, payload })),
      );
    }
    if (end === 'ack') kernel.acknowledge(request, errno);
    else kernel.done(request, errno);
  };
}

const opens: readonly Step[] = [resolves, expects(command.getInfo, 'ack', [])];

async function open(...steps: Step[]): Promise<{ ipvs: Ipvs; kernel: FakeKernel }> {
  const kernel = fakeKernel([...opens, ...steps]);
  return { ipvs: await ipvsOver(kernel.connection), kernel };
}

/** The recorded service with another last byte of its address. */
function serviceAt(last: number): Uint8Array {
  const bytes = Uint8Array.from(serviceReply);
  bytes[31] = last;
  return bytes;
}

describe('opening', () => {
  test('no IPVS: unsupported, with the remedy', async () => {
    const kernel = fakeKernel([(requests, fake) => fake.acknowledge(single(requests), enoent)]);
    await expect(ipvsOver(kernel.connection)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^open IPVS: .*modprobe ip_vs/),
    });
  });

  test('no privilege: permission, with the remedy', async () => {
    const kernel = fakeKernel([resolves, expects(command.getInfo, 'ack', [], 1)]);
    await expect(ipvsOver(kernel.connection)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringMatching(/^open IPVS: .*CAP_NET_ADMIN/),
    });
  });
});

describe('reading', () => {
  test('services by their id, destinations as the kernel has them', async () => {
    const { ipvs } = await open(
      expects(command.getService, 'done', [[serviceAt(12), serviceAt(11)]]),
      expects(command.getDestination, 'done', [[gueDestinationReply, ipv6DestinationReply]]),
      expects(command.getDestination, 'done', [[ipv6DestinationReply, gueDestinationReply]]),
    );
    const table = await ipvs.read();
    const lines = table.map(({ service: { key }, destinations }) => [
      key.kind === 'address' ? key.address : key.mark,
      ...destinations.map(({ address }) => address),
    ]);
    expect(lines).toEqual([
      ['192.0.2.11', '10.1.0.2', '2001:db8::2'],
      ['192.0.2.12', '2001:db8::2', '10.1.0.2'],
    ]);
  });

  test('an empty table', async () => {
    const { ipvs } = await open(expects(command.getService, 'done', []));
    await expect(ipvs.read()).resolves.toEqual([]);
  });

  test('a service without destinations is asked for again, and stays', async () => {
    const { ipvs } = await open(
      expects(command.getService, 'done', [[serviceReply]]),
      expects(command.getDestination, 'done', []),
      expects(command.getService, 'ack', [[serviceReply]]),
    );
    const [entry] = await ipvs.read();
    expect(entry?.destinations).toEqual([]);
  });

  test('a service that went meanwhile: the read starts again', async () => {
    const { ipvs } = await open(
      expects(command.getService, 'done', [[serviceReply]]),
      expects(command.getDestination, 'done', []),
      expects(command.getService, 'ack', [], esrch),
      expects(command.getService, 'done', []),
    );
    await expect(ipvs.read()).resolves.toEqual([]);
  });

  test('a destination seen twice over two datagrams: the read starts again', async () => {
    const { ipvs } = await open(
      expects(command.getService, 'done', [[serviceReply]]),
      expects(command.getDestination, 'done', [[gueDestinationReply], [gueDestinationReply]]),
      expects(command.getService, 'done', [[serviceReply]]),
      expects(command.getDestination, 'done', [[gueDestinationReply], [ipv6DestinationReply]]),
    );
    const [entry] = await ipvs.read();
    expect(entry?.destinations).toHaveLength(2);
  });

  test('a table that never stands still ends in unavailable', async () => {
    const twice = expects(command.getService, 'done', [[serviceReply], [serviceReply]]);
    const { ipvs, kernel } = await open(twice, twice, twice, twice);
    await expect(ipvs.read()).rejects.toMatchObject({ code: 'unavailable' });
    expect(kernel.sent).toBe(opens.length + 4);
  });

  test('one service', async () => {
    const key: VirtualServiceKey = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 };
    const { ipvs } = await open(
      expects(command.getService, 'ack', [[serviceReply]]),
      expects(command.getDestination, 'done', [[gueDestinationReply]]),
      expects(command.getService, 'ack', [], esrch),
    );
    expect((await ipvs.readService(key))?.destinations).toHaveLength(1);
    expect(await ipvs.readService(key)).toBeUndefined();
  });
});

describe('applying', () => {
  const key: VirtualServiceKey = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 };
  const destination: Destination = { address: '10.1.0.2', port: 80, weight: 1, forwarding: 'tunnel' };
  const service = {
    key,
    scheduler: 'xyz',
    schedulerFlags: { fallback: false, port: false },
    persistenceSeconds: 0,
  };
  const mixed = { ...destination, address: '2001:db8::2', forwarding: 'direct' as const };

  /** Every message fails with this errno. */
  const refuses =
    (errno: number): Step =>
    (requests, kernel) => {
      for (const request of requests) kernel.acknowledge(request, errno);
    };

  test.each<{ operation: IpvsOperation; errno: number; symbol: string; words: RegExp }>([
    { operation: { kind: 'add-service', service }, errno: 17, symbol: 'EEXIST', words: /exists already/ },
    { operation: { kind: 'add-service', service }, errno: 2, symbol: 'ENOENT', words: /modprobe ip_vs_xyz/ },
    {
      operation: { kind: 'edit-service', service, from: service },
      errno: 3,
      symbol: 'ESRCH',
      words: /^edit service tcp 192\.0\.2\.10:80: .*no such service/,
    },
    {
      operation: { kind: 'add-destination', key, destination },
      errno: 17,
      symbol: 'EEXIST',
      words: /has this destination already/,
    },
    {
      operation: { kind: 'edit-destination', key, destination, from: destination },
      errno: 2,
      symbol: 'ENOENT',
      words: /^edit destination tcp 192\.0\.2\.10:80 → 10\.1\.0\.2:80: .*no such destination/,
    },
    {
      operation: { kind: 'add-destination', key, destination },
      errno: 3,
      symbol: 'ESRCH',
      words: /no such service/,
    },
    {
      operation: { kind: 'add-destination', key, destination: mixed },
      errno: 22,
      symbol: 'EINVAL',
      words: /other family/,
    },
    {
      operation: { kind: 'add-destination', key, destination },
      errno: 22,
      symbol: 'EINVAL',
      words: /set lo up/,
    },
    { operation: { kind: 'delete-service', key }, errno: 12, symbol: 'ENOMEM', words: /out of memory/ },
  ])('$operation.kind: $symbol says $words', async ({ operation, errno, symbol, words }) => {
    const { ipvs } = await open(refuses(errno));
    const failures = await ipvs.apply([operation]);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.operation).toBe(operation);
    expect(failures[0]?.error).toMatchObject({ code: 'kernel', errno: symbol });
    expect(failures[0]?.error.message).toMatch(words);
  });

  test.each<[IpvsOperation['kind'], IpvsOperation, number]>([
    ['delete-service', { kind: 'delete-service', key }, esrch],
    ['delete-destination', { kind: 'delete-destination', key, destination }, enoent],
    ['delete-destination', { kind: 'delete-destination', key, destination }, esrch],
  ])('%s of what is absent is no failure', async (_kind, operation, errno) => {
    const { ipvs } = await open(refuses(errno));
    await expect(ipvs.apply([operation])).resolves.toEqual([]);
  });

  test('what cannot be encoded fails alone', async () => {
    const { ipvs } = await open((requests, kernel) => {
      const last = requests.at(-1);
      if (last !== undefined) kernel.acknowledge(last);
    });
    const failures = await ipvs.apply([
      { kind: 'add-destination', key, destination },
      { kind: 'add-destination', key, destination: { ...destination, address: 'nowhere' } },
    ]);
    expect(failures.map(({ error }) => error.code)).toEqual(['invalid']);
  });

  test('nothing to do sends nothing', async () => {
    const { ipvs, kernel } = await open();
    await expect(ipvs.apply([])).resolves.toEqual([]);
    expect(kernel.sent).toBe(opens.length);
  });
});
