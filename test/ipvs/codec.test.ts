import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  Destination,
  IpvsOperation,
  VirtualService,
  VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { command } from '../../src/kernel/ipvs/constants.ts';
import { decodeDestination } from '../../src/kernel/ipvs/destination-codec.ts';
import {
  createOperationEncoder,
  encodeOperation,
  encodeQuestion,
} from '../../src/kernel/ipvs/message-codec.ts';
import { decodeService } from '../../src/kernel/ipvs/service-codec.ts';
import { parseAttributes } from '../../src/kernel/netlink/attribute.ts';
import { createSendBuffer, type LocatedMessage } from '../../src/kernel/netlink/wire.ts';
import { anyDestination, anyKey, anyService } from './arbitraries.ts';
import {
  addDestinationByIpvsadm,
  addServiceByIpvsadm,
  askDestinationsByIpvsadm,
  gueDestinationReply,
  ipv6DestinationReply,
  serviceReply,
} from './vectors.ts';

const noCounters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const web: VirtualServiceKey = { kind: 'address', protocol: 'tcp', address: '192.0.2.11', port: 80 };
const plain: VirtualService = {
  key: web,
  scheduler: 'mh',
  schedulerFlags: { fallback: false, port: true },
  persistenceSeconds: 0,
};
const gue: Destination = {
  address: '10.1.0.2',
  port: 80,
  weight: 7,
  forwarding: 'tunnel',
  tunnel: { type: 'gue', port: 6080, checksum: false },
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function located(bytes: Uint8Array): LocatedMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { type: 0, flags: 0, sequence: 0, start: 0, end: bytes.length, view, bytes };
}

/** Attributes of the nest `type` by number, as hexadecimal text. */
function nest(payload: Uint8Array, type: number): Record<number, string> {
  const fields = parseAttributes(payload, 4).nested(type);
  return Object.fromEntries((fields?.list ?? []).map((field) => [field.type, hex(field.value)]));
}

describe('what ipvsadm sends', () => {
  test('a question about a service is the same, byte for byte', () => {
    const question = encodeQuestion(command.getDestination, { ...web, address: '192.0.2.10' });
    expect(hex(question)).toBe(hex(askDestinationsByIpvsadm));
  });

  test('a service is the same but for the mask, which leaves the kernel its own flag', () => {
    const ours = encodeOperation({ kind: 'add-service', service: plain });
    expect(hex(ours)).toBe(hex(addServiceByIpvsadm).replace('10000000ffffffff', '100000003d000000'));
  });

  test('a destination has the same attributes', () => {
    const ours = encodeOperation({ kind: 'add-destination', key: web, destination: gue });
    expect(ours[0]).toBe(addDestinationByIpvsadm[0]);
    expect(nest(ours, 2)).toEqual(nest(addDestinationByIpvsadm, 2));
  });
});

describe('vectors by hand from linux/ip_vs.h', () => {
  const mark: VirtualServiceKey = { kind: 'mark', mark: 0x4357_0001, family: 'ipv6' };

  test.each<{ name: string; operation: IpvsOperation; payload: string[] }>([
    {
      name: 'delete a mark service',
      operation: { kind: 'delete-service', key: mark },
      payload: ['03010000', '14000180', '060001000a000000', '0800050001005743'],
    },
    {
      name: 'edit a persistent IPv6 mark service',
      operation: {
        kind: 'edit-service',
        service: {
          key: mark,
          scheduler: 'wrr',
          schedulerFlags: { fallback: true, port: false },
          persistenceSeconds: 300,
        },
        from: plain,
      },
      payload: [
        '02010000',
        '38000180',
        '060001000a000000',
        '0800050001005743',
        '0800060077727200',
        '0c000700090000003d000000',
        '080008002c010000',
        '0800090080000000',
      ],
    },
    {
      name: 'edit an IPv4 service whose clients stick together by network, each datagram for itself',
      operation: {
        kind: 'edit-service',
        service: {
          key: { ...mark, family: 'ipv4' },
          scheduler: 'wrr',
          schedulerFlags: { fallback: false, port: true },
          persistenceSeconds: 300,
          persistencePrefix: 20,
          onePacket: true,
        },
        from: plain,
      },
      payload: [
        '02010000',
        '38000180',
        '0600010002000000',
        '0800050001005743',
        '0800060077727200',
        '0c000700150000003d000000',
        '080008002c010000',
        // 255.255.240.0, in network order.
        '08000900fffff000',
      ],
    },
    {
      name: 'delete an IPv6 destination of an IPv4 service',
      operation: {
        kind: 'delete-destination',
        key: { kind: 'address', protocol: 'udp', address: '192.0.2.1', port: 53 },
        destination: { address: '2001:db8::5', port: 53, weight: 1, forwarding: 'tunnel' },
      },
      payload: [
        '07010000',
        '30000180',
        '0600010002000000',
        '0600020011000000',
        '14000300c0000201000000000000000000000000',
        '0600040000350000',
        '60000280',
        '1400010020010db8000000000000000000000005',
        '0600020000350000',
        '0800030002000000',
        '0800040001000000',
        '0800050000000000',
        '0800060000000000',
        '06000b000a000000',
        '05000d0000000000',
        '06000e0000000000',
        '06000f0000000000',
      ],
    },
  ])('$name', ({ operation, payload }) => {
    expect(hex(encodeOperation(operation))).toBe(payload.join(''));
  });

  test.each([
    ['ipip', 0, false, '00', '0000', '0000'],
    ['gue', 6080, true, '01', '17c0', '0100'],
    ['gre', 0, true, '02', '0000', '0100'],
  ] as const)('tunnel type %s', (type, port, checksum, kind, portBytes, flags) => {
    const destination: Destination = { ...gue, tunnel: { type, port, checksum } };
    const fields = nest(encodeOperation({ kind: 'edit-destination', key: web, destination, from: gue }), 2);
    expect([fields[13], fields[14], fields[15]]).toEqual([kind, portBytes, flags]);
  });

  test.each([
    ['masquerade', '00000000'],
    ['tunnel', '02000000'],
    ['direct', '03000000'],
  ] as const)('forwarding %s; only a tunnel has a tunnel', (forwarding, method) => {
    const fields = nest(
      encodeOperation({ kind: 'add-destination', key: web, destination: { ...gue, forwarding } }),
      2,
    );
    expect(fields[3]).toBe(method);
    expect(fields[13]).toBe(forwarding === 'tunnel' ? '01' : '00');
  });
});

describe('what the kernel sends', () => {
  test('a service', () => {
    expect(decodeService(located(serviceReply))).toEqual({
      service: {
        key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
        scheduler: 'mh',
        schedulerFlags: { fallback: true, port: true },
        persistenceSeconds: 300,
      },
      counters: noCounters,
    });
  });

  const idle = {
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    counters: noCounters,
  };

  test('a destination by GUE', () => {
    expect(decodeDestination(located(gueDestinationReply), 'ipv4')).toEqual({
      address: '10.1.0.2',
      port: 80,
      weight: 5,
      forwarding: 'tunnel',
      tunnel: { type: 'gue', port: 6080, checksum: true },
      ...idle,
    });
  });

  test('an IPv6 destination of an IPv4 service', () => {
    expect(decodeDestination(located(ipv6DestinationReply), 'ipv4')).toEqual({
      address: '2001:db8::2',
      port: 80,
      weight: 5,
      forwarding: 'tunnel',
      tunnel: { type: 'ipip', port: 0, checksum: false },
      ...idle,
    });
  });

  test('counters beyond 32 bits, from the 64-bit statistics', () => {
    const bytes = Uint8Array.from(gueDestinationReply);
    // The last nest: ten attributes of 12 bytes behind a header of 4.
    const view = new DataView(bytes.buffer);
    const stats = bytes.length - 120;
    for (const [index, value] of [3n, 5n, 7n, 1n << 40n, (1n << 33n) + 1n].entries()) {
      view.setBigUint64(stats + 12 * index + 4, value, true);
    }
    expect(decodeDestination(located(bytes), 'ipv4').counters).toEqual({
      connections: 3,
      packetsIn: 5,
      packetsOut: 7,
      bytesIn: 2 ** 40,
      bytesOut: 2 ** 33 + 1,
    });
  });

  test('without the 64-bit statistics, from the 32-bit ones', () => {
    const bytes = Uint8Array.from(gueDestinationReply.subarray(0, gueDestinationReply.length - 124));
    const view = new DataView(bytes.buffer);
    view.setUint16(4, bytes.length - 4, true);
    const stats = bytes.length - 88;
    view.setUint32(stats + 4, 9, true);
    expect(decodeDestination(located(bytes), 'ipv4').counters).toEqual({ ...noCounters, connections: 9 });
  });

  test.each([
    ['a service', serviceReply, (message: LocatedMessage) => decodeService(message)],
    ['a destination', gueDestinationReply, (message: LocatedMessage) => decodeDestination(message, 'ipv4')],
    [
      'a destination of IPv6',
      ipv6DestinationReply,
      (message: LocatedMessage) => decodeDestination(message, 'ipv4'),
    ],
  ])('%s that is cut off anywhere is read as far as it is whole, or refused', (_, reply, decode) => {
    for (let length = 0; length < reply.length; length += 1) {
      try {
        decode(located(reply.slice(0, length)));
      } catch (error) {
        expect(error, `${length} bytes`).toMatchObject({ code: 'internal', message: /left out/ });
      }
    }
  });

  test('an attribute that says more than there is, or less than it needs, is refused', () => {
    for (const [at, length] of [
      [8, 5],
      [8, 0xffff],
      [24, 8],
    ] as const) {
      const bytes = Uint8Array.from(serviceReply);
      new DataView(bytes.buffer).setUint16(at, length, true);
      expect(() => decodeService(located(bytes)), `${length} at ${at}`).toThrow(/left out/);
    }
  });

  test('a service of another protocol has no place here', () => {
    const bytes = Uint8Array.from(serviceReply);
    bytes[20] = 50;
    expect(decodeService(located(bytes))).toBeUndefined();
  });
});

describe('round trips', () => {
  test('a service that is written is read again', () => {
    fc.assert(
      fc.property(anyService, (service) => {
        const payload = encodeOperation({ kind: 'add-service', service });
        expect(decodeService(located(payload))?.service).toEqual(service);
      }),
    );
  });

  test('a destination that is written is read again', () => {
    fc.assert(
      fc.property(anyKey, anyDestination, (key, destination) => {
        const payload = encodeOperation({ kind: 'add-destination', key, destination });
        const keyLength = parseAttributes(payload, 4).bytes(1)?.length ?? 0;
        // As a reply: without the service, which a kernel does not repeat.
        const reply = Uint8Array.from([...payload.subarray(0, 4), ...payload.subarray(8 + keyLength)]);
        expect(decodeDestination(located(reply), 'ipv4')).toMatchObject(destination);
      }),
    );
  });

  test('an encoder gives the same bytes whatever it wrote before, into whatever buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyKey, anyDestination), { minLength: 1, maxLength: 5 }), (pairs) => {
        const encoder = createOperationEncoder();
        const target = createSendBuffer(512);
        target.bytes.fill(0xff);
        for (const [key, destination] of pairs) {
          const operation: IpvsOperation = { kind: 'add-destination', key, destination };
          encoder.write(operation, target, 16);
          const written = target.bytes.subarray(16, 16 + encoder.payloadLength(operation));
          expect(hex(written)).toBe(hex(encodeOperation(operation)));
        }
      }),
    );
  });
});

describe('what the format cannot carry', () => {
  test.each<{ name: string; operation: IpvsOperation }>([
    {
      name: 'an address that is none',
      operation: { kind: 'delete-service', key: { ...web, address: '192.0.2.256' } as VirtualServiceKey },
    },
    {
      name: 'a destination that is none',
      operation: { kind: 'add-destination', key: web, destination: { ...gue, address: '10.01.0.2' } },
    },
    {
      name: 'a negative weight',
      operation: { kind: 'add-destination', key: web, destination: { ...gue, weight: -1 } },
    },
    {
      name: 'half a weight',
      operation: { kind: 'edit-destination', key: web, destination: { ...gue, weight: 0.5 }, from: gue },
    },
    {
      name: 'a scheduler without a name',
      operation: { kind: 'add-service', service: { ...plain, scheduler: '' } },
    },
    {
      name: 'a scheduler with too long a name',
      operation: { kind: 'add-service', service: { ...plain, scheduler: 'x'.repeat(16) } },
    },
  ])('$name', ({ operation }) => {
    expect(() => encodeOperation(operation)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
