import { describe, expect, test } from 'vitest';
import { isProbeSourcePort } from '../../src/domain/probe.ts';
import { parseInUse } from '../../src/kernel/sockets/sockstat.ts';
import { createTcpSockets } from '../../src/kernel/sockets/tcp-sockets.ts';
import { bytesOf } from '../host/hex.ts';
import { type FakeKernel, fakeKernel, type Step, single } from '../netlink/fake-kernel.ts';
import { sockets } from './vectors.ts';

/** The kernel sends these, whatever was asked for. */
const sends =
  (...hex: readonly string[]): Step =>
  (requests, kernel) => {
    const request = single(requests);
    kernel.reply(
      request,
      hex.map((one) => ({ type: 20, flags: 2, payload: bytesOf(one) })),
    );
    kernel.done(request);
  };
const refuses =
  (errno: number): Step =>
  (requests, kernel) =>
    kernel.acknowledge(single(requests), errno);

const over = ({ connection }: FakeKernel, inUse = 10) => createTcpSockets(connection, async () => inUse);
const at = (address: string, port: number) => ({ address, port });
const nobody = { addresses: [], isKnockPort: isProbeSourcePort };

describe('established connections', () => {
  test('of both families, to the services alone', async () => {
    const kernel = fakeKernel([sends(sockets.established4), sends(sockets.mapped, sockets.established6)]);
    const ends = [at('127.0.0.1', 18080), at('2001:db8::10', 80), at('2001:db8::10', 45329)];
    expect(await over(kernel).established(ends, nobody)).toBe(2);
  });

  test.each([
    ['a range of ports', { address: '2001:db8::10', port: 70, lastPort: 80 }, 1],
    ['a range beside it', { address: '2001:db8::10', port: 81, lastPort: 99 }, 0],
    ['a range at another address', { address: '2001:db8::11', port: 1, lastPort: 99 }, 0],
    ['a network', { address: '2001:db8::/64', port: 80 }, 1],
    ['a network of IPv4, on sockets of either family', { address: '127.0.0.0/28', port: 18_080 }, 1],
    ['all ports of a network', { address: '127.0.0.0/8', port: 1, lastPort: 65_535 }, 2],
    ['another network', { address: '2001:db8:0:1::/64', port: 80 }, 0],
  ])('at %s', async (_, end, expected) => {
    const kernel = fakeKernel([sends(sockets.established4), sends(sockets.mapped, sockets.established6)]);
    expect(await over(kernel).established([end], nobody)).toBe(expected);
  });

  test.each([
    ['a director by a port of its knocks', '127.0.0.9', 41_947, 0],
    ['a director by another port', '127.0.0.9', 41_946, 1],
    ['by such a port, but no director', '127.0.0.8', 41_947, 1],
  ])('a knock is nobody’s connection: %s', async (_, address, lastPort, expected) => {
    const kernel = fakeKernel([sends(), sends(sockets.mapped)]);
    const isKnockPort = (port: number) => port >= 41_900 && port <= lastPort;
    const knockers = { addresses: ['192.0.2.99', address], isKnockPort };
    expect(await over(kernel).established([at('127.0.0.1', 18080)], knockers)).toBe(expected);
  });

  test('a knock over IPv6, and one of IPv4 on a socket of IPv4', async () => {
    const kernel = fakeKernel([sends(sockets.established4), sends(sockets.established6)]);
    const ends = [at('127.0.0.8', 45329), at('2001:db8::10', 80)];
    const isKnockPort = (port: number) => port >= 18_000 && port <= 40_000;
    const knockers = { addresses: ['2001:db8::99', '127.0.0.1'], isKnockPort };
    expect(await over(kernel).established(ends, knockers)).toBe(0);
  });

  test('none is 0', async () => {
    const kernel = fakeKernel([sends(), sends(sockets.mapped)]);
    expect(await over(kernel).established([at('192.0.2.10', 18080)], nobody)).toBe(0);
  });

  test.each([
    ['one port: the kernel leaves out the others', [at('192.0.2.10', 80), at('2001:db8::10', 80)], '0050'],
    ['several: it sends all', [at('192.0.2.10', 80), at('192.0.2.10', 443)], '0000'],
  ])('%s', async (_, ends, port) => {
    const asked: string[] = [];
    const step: Step = (requests, kernel) => {
      const { payload } = single(requests);
      asked.push(Buffer.from(payload.subarray(8, 10)).toString('hex'));
      sends()(requests, kernel);
    };
    await over(fakeKernel([step, step])).established(ends, nobody);
    expect(asked).toEqual([port, port]);
  });

  test('a host with too many sockets for a dump: all that are in use, and nothing is asked', async () => {
    expect(await over(fakeKernel([]), 100_001).established([at('192.0.2.10', 80)], nobody)).toBe(100_001);
  });

  test('a kernel without IPv6 has no such connections', async () => {
    const kernel = fakeKernel([sends(sockets.established4), refuses(2)]);
    expect(await over(kernel).established([at('127.0.0.8', 45329)], nobody)).toBe(1);
  });

  test.each([
    [2, 'ENOENT'],
    [95, 'EOPNOTSUPP'],
  ])('a kernel that answers %i says so', async (errno, symbol) => {
    const counting = over(fakeKernel([refuses(errno)])).established([at('192.0.2.10', 80)], nobody);
    await expect(counting).rejects.toMatchObject({ errno: symbol, operation: 'list sockets' });
  });
});

describe('the fullest accept queue', () => {
  test.each([
    ['of several who listen', [sockets.listening4, sockets.busy], at('192.0.2.10', 80), 7 / 16],
    ['at any address', [sockets.listening4], at('192.0.2.10', 2024), 0],
    ['nobody listens there', [sockets.listening4, sockets.busy], at('192.0.2.10', 443), undefined],
    ['another address of the port', [sockets.busy], at('192.0.2.20', 80), undefined],
    [
      'one more than the limit, which the kernel allows',
      [sockets.busy.replace('07000000 10000000', '01000000 00000000')],
      at('192.0.2.10', 80),
      1,
    ],
  ])('%s', async (_, listening, end, expected) => {
    // A second end keeps the ports apart: the scripted kernel does not filter.
    const ends = [end, at('192.0.2.30', 9)];
    expect(await over(fakeKernel([sends(...listening), sends()])).fullestQueue(ends)).toBe(expected);
  });
});

test.each([
  ['sockets: used 12\nTCP: inuse 7 orphan 0 tw 9000 alloc 1 mem 0\nUDP: inuse 0 mem 0\n', 7],
  ['TCP6: inuse 3\nUDP6: inuse 1\n', 3],
  ['UDP: inuse 0 mem 0\n', undefined],
  ['', undefined],
])('sockets in use: %j', (text, expected) => {
  expect(parseInUse(text)).toBe(expected);
});
