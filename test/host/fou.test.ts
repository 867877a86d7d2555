// The kernel's receive ports of GUE: bytes after linux/fou.h, and what comes of the kernel's words.
import { describe, expect, it, test } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { createFou, describeFouPort, isInTheWay, isSameGuePort } from '../../src/kernel/fou/fou.ts';
import { encodeGuePort, type FouReading, parseFouPort } from '../../src/kernel/fou/fou-codec.ts';
import type { NetlinkConnection } from '../../src/kernel/netlink/connection.ts';

const wanted = { address: '10.1.0.11', port: 6080 };
const ours: FouReading = { family: 'ipv4', ...wanted, isGue: true, isOfOnePeer: false };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

test('a port is asked for at one address', () => {
  expect(hex(encodeGuePort('add', wanted))).toBe(
    '01010000' + '0600010017c00000' + '0500020002000000' + '0500040002000000' + '080006000a01000b',
  );
  expect(hex(encodeGuePort('delete', { address: '2001:db8::b', port: 1 }))).toBe(
    '02010000' +
      '0600010000010000' +
      '050002000a000000' +
      '0500040002000000' +
      '1400070020010db800000000000000000000000b',
  );
});

test('what is asked for is read back; ports of others with what is other of them', () => {
  for (const port of [wanted, { address: '2001:db8::b', port: 65_535 }])
    expect(parseFouPort(encodeGuePort('add', port))).toMatchObject({ ...port, isGue: true });
  // `ip fou add port 5555 ipproto 4`, as the kernel lists it: every address is one of zeros.
  const plain =
    '03010000' + '0500020002000000' + '0600010015b30000' + '0500030004000000' + '0500040001000000';
  const ends = '0800060000000000' + '0800080000000000';
  expect(parseFouPort(bytes(plain + ends))).toEqual({
    family: 'ipv4',
    port: 5555,
    isGue: false,
    isOfOnePeer: false,
  });
  expect(parseFouPort(bytes('03010000'))).toBeUndefined();
});

it.each<[string, Partial<FouReading>, isOurs: boolean, isInTheWay: boolean]>([
  ['ours', {}, true, false],
  ['another port', { port: 6081 }, false, false],
  ['another address', { address: '10.1.0.12' }, false, false],
  ['FOU', { isGue: false }, false, true],
  ['one sender', { isOfOnePeer: true }, false, true],
  ['the other family', { family: 'ipv6', address: '::1' }, false, false],
])('%s', (_, changes, isOurs, inTheWay) => {
  const found = { ...ours, ...changes };
  expect([isSameGuePort(found, wanted), isInTheWay(found, wanted)]).toEqual([isOurs, inTheWay]);
});

test('one at every address is in the way, and told so', () => {
  const { address: _, ...everywhere } = ours;
  expect(isInTheWay(everywhere, wanted)).toBe(true);
  expect(describeFouPort(everywhere)).toBe('GUE, at every address');
});

describe('the kernel', () => {
  const answer = (errno: string) =>
    new CausewayError({ code: 'kernel', operation: 'test', errno, message: `the kernel answered ${errno}` });
  /** With these ports; what is asked of it fails with `errno`. */
  function kernel(options: { hasFou?: boolean; listed?: string[]; errno?: string }) {
    const asked: string[] = [];
    const reply = (text: string) => ({ type: 30, flags: 0, payload: bytes(text) });
    const connection = {
      query: async () => {
        if (options.hasFou === false) throw answer('ENOENT');
        return [reply('01020000' + '060001001e000000')];
      },
      dump: async () => (options.listed ?? []).map(reply),
      async request({ payload }: { payload: Uint8Array }) {
        asked.push(hex(payload).slice(0, 2));
        if (options.errno !== undefined) throw answer(options.errno);
      },
    } as unknown as NetlinkConnection;
    return { fou: createFou(connection), asked };
  }
  const listed = hex(encodeGuePort('add', wanted));

  test('has no FOU: no ports, a remedy for whoever wants one, nothing to remove', async () => {
    const { fou } = kernel({ hasFou: false });
    expect(await fou.ports()).toBeUndefined();
    await expect(fou.add(wanted)).rejects.toThrow(/^add GUE port 6080 of 10.1.0.11: .*modprobe fou/);
    await expect(fou.remove(wanted)).resolves.toBeUndefined();
  });

  test('has the port already: ours is well, others are named', async () => {
    await expect(kernel({ errno: 'EADDRINUSE', listed: [listed] }).fou.add(wanted)).resolves.toBeUndefined();
    await expect(kernel({ errno: 'EADDRINUSE' }).fou.add(wanted)).rejects.toThrow(
      /another program has UDP port 6080/,
    );
    const fouPort = listed.replace('0500040002', '0500040001');
    await expect(kernel({ errno: 'EADDRINUSE', listed: [fouPort] }).fou.add(wanted)).rejects.toThrow(
      /somebody else's receive port is there \(FOU, at 10\.1\.0\.11; ip fou show\)/,
    );
  });

  test('passes over the address, as those before Linux 5.2: the port that is open at all of them is closed again', async () => {
    const everywhere = listed.replace('0a01000b', '00000000');
    const { fou, asked } = kernel({ listed: [everywhere] });
    await expect(fou.add(wanted)).rejects.toThrow(/^add GUE port 6080 of 10.1.0.11: .*Linux 5\.2/);
    expect(asked).toEqual(['01', '02']);
    const usual = kernel({ listed: [listed] });
    await usual.fou.add(wanted);
    expect(usual.asked).toEqual(['01']);
  });

  test('has lost the port: to remove it is no error; another word is', async () => {
    const { fou, asked } = kernel({ errno: 'EINVAL' });
    await fou.remove(wanted);
    expect(asked).toEqual(['02']);
    await expect(kernel({ errno: 'EPERM' }).fou.remove(wanted)).rejects.toThrow(/EPERM/);
  });
});
