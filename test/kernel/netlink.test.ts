// Does the request layer hold against the kernel: errors of each request, whole dumps under churn, batches that all fail?
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAttributes, u32Attribute } from '../../src/kernel/netlink/attribute.ts';
import { createConnection, type NetlinkConnection } from '../../src/kernel/netlink/connection.ts';

/** linux/rtnetlink.h */
const deleteLink = 17;
const getLink = 18;
const getAddress = 22;
const interfaceName = 3;
const localAddress = 2;

let connection: NetlinkConnection;

beforeAll(() => {
  execFileSync('ip', ['link', 'add', 'd0', 'type', 'dummy']);
  connection = createConnection(0);
});

afterAll(() => connection.close());

/** struct ifinfomsg */
function linkPayload(index: number): Uint8Array {
  const payload = new Uint8Array(16);
  new DataView(payload.buffer).setInt32(4, index, true);
  return payload;
}

test('a dump gives every link', async () => {
  const context = { operation: 'list', subject: 'links' };
  const replies = await connection.dump({ type: getLink, payload: linkPayload(0) }, context);
  const names = replies.map((reply) => parseAttributes(reply.payload, 16).string(interfaceName));
  expect(names).toEqual(['lo', 'd0']);
});

test('the kernel’s errno, the operation and the subject stand in the error', async () => {
  const context = { operation: 'delete link', subject: 'index 4711' };
  await expect(
    connection.request({ type: deleteLink, payload: linkPayload(4711) }, context),
  ).rejects.toMatchObject({
    code: 'kernel',
    errno: 'ENODEV',
    message: 'delete link index 4711: the kernel answered ENODEV, no such device',
  });
});

test('a thousand requests at once are all answered', async () => {
  const context = { operation: 'get link', subject: 'lo' };
  const asked = Array.from({ length: 1000 }, () =>
    connection.query({ type: getLink, payload: linkPayload(1) }, context),
  );
  for (const replies of await Promise.all(asked)) expect(replies).toHaveLength(1);
});

test.each([
  ['short', 0],
  ['long', 400],
])('batches of %s messages that all fail leave the process alive', async (_name, extraBytes) => {
  const items = Array.from({ length: 2000 }, (_, index) => {
    const extra = new Uint8Array(extraBytes);
    // An attribute that the kernel skips, so that the error, which repeats the request, is long.
    if (extraBytes > 0) new DataView(extra.buffer).setUint32(0, extraBytes | (0x3fff << 16), true);
    const payload = new Uint8Array([...linkPayload(100_000 + index), ...extra]);
    return {
      message: { type: deleteLink, payload },
      context: { operation: 'delete link', subject: `${index}` },
    };
  });
  const errors = await connection.batch(items);
  expect(errors).toHaveLength(2000);
  expect(errors.filter((error) => error?.errno === 'ENODEV').map((error) => error?.subject)).toEqual(
    items.map(({ context }) => context.subject),
  );
});

test('dumps under churn are whole: interrupted ones are taken again', async () => {
  const kept = 300;
  const lines = Array.from({ length: kept }, (_, n) => `addr add 10.8.${n >> 8}.${n & 255}/32 dev d0\n`);
  execFileSync('ip', ['-batch', '-'], { input: lines.join('') });
  const churn = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(churn, 'exit');
  const pairs = Array.from(
    { length: 1500 },
    () => 'addr add 10.9.0.1/32 dev d0\naddr del 10.9.0.1/32 dev d0\n',
  );
  churn.stdin.end(pairs.join(''));
  let reads = 0;
  while (churn.exitCode === null && churn.signalCode === null && reads < 1000) {
    const payload = new Uint8Array(8);
    payload[0] = 2;
    const replies = await connection.dump(
      { type: getAddress, payload },
      { operation: 'list', subject: 'addresses' },
    );
    reads += 1;
    const addresses = replies.map((reply) => parseAttributes(reply.payload, 8).be32(localAddress) ?? 0);
    const found = new Set(addresses.filter((address) => address >>> 16 === 0x0a08));
    expect(found.size).toBe(kept);
    expect(new Set(addresses).size).toBe(addresses.length);
  }
  expect(await ended).toEqual([0, null]);
  expect(reads).toBeGreaterThan(0);
});

test('an attribute of a request reaches the kernel', async () => {
  const context = { operation: 'find link', subject: 'd0' };
  const payload = new Uint8Array([...linkPayload(0), ...u32Attribute(29, 1)]);
  await expect(connection.query({ type: getLink, payload }, context)).rejects.toMatchObject({
    errno: 'EINVAL',
  });
});
