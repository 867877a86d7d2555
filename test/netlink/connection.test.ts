import { describe, expect, test } from 'vitest';
import { type Answer, fakeKernel, type SeenRequest, type Step, settle, single } from './fake-kernel.ts';

const payload = Uint8Array.of(1, 2, 3, 4);
const message = { type: 20, payload };
const context = { operation: 'add address', subject: '192.0.2.10/32 on lo' };
const object = (...bytes: number[]): Answer => ({ type: 20, flags: 2, payload: Uint8Array.from(bytes) });

const acknowledges =
  (errno = 0): Step =>
  (requests, kernel) =>
    kernel.acknowledge(single(requests), errno);

const silent: Step = () => undefined;

describe('a request', () => {
  test('asks for an ACK and is done with it', async () => {
    let seen: SeenRequest | undefined;
    const kernel = fakeKernel([
      (requests, fake) => {
        seen = single(requests);
        fake.acknowledge(seen);
      },
    ]);
    await kernel.connection.request({ ...message, flags: 0x600 }, context);
    expect(seen).toMatchObject({ type: 20, flags: 0x605, payload });
  });

  test.each([
    [17, 'kernel', 'EEXIST', 'the kernel answered EEXIST, exists already'],
    [1, 'permission', 'EPERM', 'run as root or with CAP_NET_ADMIN'],
    [4095, 'kernel', 'E4095', 'the kernel answered errno 4095'],
  ])('errno %i rejects with %s %s', async (errno, code, symbol, text) => {
    const kernel = fakeKernel([acknowledges(errno)]);
    const error = await kernel.connection.request(message, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, errno: symbol, operation: 'add address', subject: context.subject });
    expect(String(error)).toContain(text);
  });

  test('several wait for each other: the next is sent when the one before is answered', async () => {
    const pending: SeenRequest[] = [];
    const keep: Step = (requests) => {
      pending.push(single(requests));
    };
    const kernel = fakeKernel([keep, keep]);
    const first = kernel.connection.request(message, context);
    const second = kernel.connection.request(message, context);
    await settle();
    expect(kernel.sent).toBe(1);
    for (const _ of [1, 2]) {
      const request = pending.shift();
      if (request !== undefined) kernel.acknowledge(request);
      await settle();
    }
    await Promise.all([first, second]);
    expect(kernel.sent).toBe(2);
  });

  test('an answer to nobody is passed over', async () => {
    const kernel = fakeKernel([
      (requests, fake) => {
        const request = single(requests);
        fake.acknowledge({ ...request, sequence: request.sequence + 77 }, 22);
        fake.acknowledge(request);
      },
    ]);
    await expect(kernel.connection.request(message, context)).resolves.toBeUndefined();
  });
});

test('a query gives the replies before the ACK', async () => {
  const kernel = fakeKernel([
    (requests, fake) => {
      const request = single(requests);
      fake.reply(request, [object(9)]);
      fake.acknowledge(request);
    },
  ]);
  const replies = await kernel.connection.query(message, context);
  expect(replies).toEqual([{ type: 20, flags: 2, payload: Uint8Array.of(9) }]);
});

describe('a dump', () => {
  const answers =
    (objects: readonly Answer[], errno = 0, flags = 0): Step =>
    (requests, kernel) => {
      const request = single(requests);
      if (objects.length > 0) kernel.reply(request, objects);
      kernel.done(request, errno, flags);
    };

  test('gives the objects of all datagrams', async () => {
    let flags = 0;
    const kernel = fakeKernel([
      (requests, fake) => {
        const request = single(requests);
        flags = request.flags;
        fake.reply(request, [object(1), object(2)]);
        fake.reply(request, [object(3)]);
        fake.done(request);
      },
    ]);
    const replies = await kernel.connection.dump(message, context);
    expect(replies.map((reply) => reply.payload[0])).toEqual([1, 2, 3]);
    expect(flags).toBe(0x301);
  });

  test('an errno in DONE is a failure', async () => {
    const kernel = fakeKernel([answers([object(1)], 22)]);
    await expect(kernel.connection.dump(message, context)).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  test.each([
    ['on an object', answers([{ ...object(1), flags: 0x12 }])],
    ['on DONE', answers([object(1)], 0, 0x10)],
  ])('the mark of interruption %s: the dump is taken again, after a pause', async (_where, interrupted) => {
    const kernel = fakeKernel([interrupted, answers([object(2)])]);
    const reading = kernel.connection.dump(message, context);
    await settle();
    expect(kernel.sent).toBe(1);
    kernel.advance(2);
    const replies = await reading;
    expect(replies.map((reply) => reply.payload[0])).toEqual([2]);
  });

  test('EBUSY: somebody dumps on this socket, so again', async () => {
    const kernel = fakeKernel([acknowledges(16), answers([object(1)])]);
    const reading = kernel.connection.dump(message, context);
    await settle();
    kernel.advance(10);
    await expect(reading).resolves.toHaveLength(1);
  });

  test('interrupted for ever ends after ten attempts', async () => {
    const kernel = fakeKernel(new Array<Step>(10).fill(answers([object(1)], 0, 0x10)));
    const reading = kernel.connection.dump(message, context).catch((error: unknown) => error);
    for (let turn = 0; turn < 20; turn += 1) {
      await settle();
      kernel.advance(400);
    }
    expect(await reading).toMatchObject({ code: 'unavailable', subject: context.subject });
    expect(kernel.sent).toBe(10);
  });

  test('scan tells how many datagrams, and leaves out what decodes to undefined', async () => {
    const kernel = fakeKernel([
      (requests, fake) => {
        const request = single(requests);
        fake.reply(request, [object(1), object(2)]);
        fake.reply(request, [object(3)]);
        fake.done(request);
      },
    ]);
    const dumped = await kernel.connection.scan(message, context, ({ view, start }) => {
      const value = view.getUint8(start);
      return value === 2 ? undefined : value;
    });
    expect(dumped).toEqual({ items: [1, 3], datagrams: 2 });
  });
});

describe('a batch', () => {
  const items = (count: number, length = 4) =>
    Array.from({ length: count }, (_, index) => ({
      message: { type: 20, payload: new Uint8Array(length).fill(index) },
      context: { operation: 'add', subject: `item ${index}` },
    }));

  /** Answers as the kernel does: each failing message, and the one that asks for it. */
  const applies =
    (errnoOf: (request: SeenRequest) => number, seen: (readonly SeenRequest[])[] = []): Step =>
    (requests, kernel) => {
      seen.push(requests);
      for (const request of requests) {
        const errno = errnoOf(request);
        if (errno !== 0 || (request.flags & 4) !== 0) kernel.acknowledge(request, errno);
      }
    };

  test('of 250 goes in three sends, the last of each acknowledged', async () => {
    const seen: (readonly SeenRequest[])[] = [];
    const kernel = fakeKernel(new Array<Step>(3).fill(applies(() => 0, seen)));
    const errors = await kernel.connection.batch(items(250));
    expect(errors).toEqual(new Array(250).fill(undefined));
    expect(seen.map((requests) => requests.length)).toEqual([100, 100, 50]);
    for (const requests of seen) {
      expect(requests.filter(({ flags }) => (flags & 4) !== 0)).toEqual([requests.at(-1)]);
    }
    expect(seen.flat().map((request) => request.payload[0])).toEqual(
      Array.from({ length: 250 }, (_, index) => index),
    );
  });

  test('each failing item has its error, the others go on', async () => {
    const failing = new Set([0, 7, 99]);
    const kernel = fakeKernel([applies((request) => (failing.has(request.payload[0] ?? -1) ? 17 : 0))]);
    const errors = await kernel.connection.batch(items(100));
    for (const [index, error] of errors.entries()) {
      if (failing.has(index)) expect(error).toMatchObject({ errno: 'EEXIST', subject: `item ${index}` });
      else expect(error).toBeUndefined();
    }
  });

  test('long messages make shorter sends', async () => {
    const seen: (readonly SeenRequest[])[] = [];
    const kernel = fakeKernel(new Array<Step>(4).fill(applies(() => 0, seen)));
    await kernel.connection.batch(items(40, 4000));
    expect(seen.map((requests) => requests.length)).toEqual([12, 12, 12, 4]);
  });

  test('a message larger than a send goes alone', async () => {
    const seen: (readonly SeenRequest[])[] = [];
    const kernel = fakeKernel(new Array<Step>(2).fill(applies(() => 0, seen)));
    await kernel.connection.batch(items(2, 60_000));
    expect(seen.map((requests) => requests.length)).toEqual([1, 1]);
  });

  test('of nothing sends nothing', async () => {
    const kernel = fakeKernel([]);
    await expect(kernel.connection.batch([])).resolves.toEqual([]);
  });

  test('an item that cannot be written is passed over, even the last', async () => {
    const seen: (readonly SeenRequest[])[] = [];
    const kernel = fakeKernel([applies(() => 0, seen)]);
    const errors = await kernel.connection.batchFrom({
      length: 3,
      type: () => 20,
      flags: () => 0,
      payloadLength: () => 4,
      writePayload: (index, { view }, offset) => {
        if (index !== 1) throw new Error(`bad ${index}`);
        view.setUint32(offset, 5, true);
      },
      context: (index) => ({ operation: 'add', subject: `item ${index}` }),
    });
    expect(errors.map((error) => error?.message)).toEqual([
      'add item 0: bad 0',
      undefined,
      'add item 2: bad 2',
    ]);
    expect(seen[0]?.map(({ type }) => type)).toEqual([1, 20, 1]);
  });

  test('a silent kernel: what was sent is in doubt, the rest is not tried', async () => {
    const kernel = fakeKernel([
      (requests, fake) => {
        const [first] = requests;
        if (first !== undefined) fake.acknowledge(first, 17);
      },
    ]);
    const applying = kernel.connection.batch(items(150));
    await settle();
    kernel.advance(1300);
    const errors = await applying;
    expect(errors[0]).toMatchObject({ errno: 'EEXIST' });
    expect(errors[1]).toMatchObject({ code: 'deadline', subject: 'item 1' });
    expect(errors[149]).toMatchObject({ code: 'unavailable', subject: 'item 149' });
    expect(errors.every((error) => error !== undefined)).toBe(true);
  });
});

describe('deadlines and broken sockets', () => {
  test('no answer: deadline, and a new socket for the next', async () => {
    const kernel = fakeKernel([silent, acknowledges()]);
    const first = kernel.connection.request(message, context).catch((error: unknown) => error);
    await settle();
    kernel.advance(999);
    expect(kernel.closed).toBe(0);
    kernel.advance(251);
    expect(await first).toMatchObject({ code: 'deadline', subject: context.subject });
    await kernel.connection.request(message, context);
    expect([kernel.opened, kernel.closed]).toEqual([2, 1]);
  });

  test('those that wait behind a silent one are late too', async () => {
    const kernel = fakeKernel([silent]);
    const all = Promise.allSettled([1, 2, 3].map(() => kernel.connection.request(message, context)));
    await settle();
    kernel.advance(1250);
    for (const outcome of await all) expect(outcome).toMatchObject({ reason: { code: 'deadline' } });
    expect(kernel.sent).toBe(1);
  });

  test('a socket that breaks fails the one in flight, and the next gets a new one', async () => {
    const kernel = fakeKernel([(_requests, fake) => fake.breakSocket(new Error('ENOBUFS')), acknowledges()]);
    const [first, second] = await Promise.allSettled([
      kernel.connection.request(message, context),
      kernel.connection.request(message, context),
    ]);
    expect(first).toMatchObject({
      reason: { code: 'unavailable', message: expect.stringContaining('ENOBUFS') },
    });
    expect(second.status).toBe('fulfilled');
    expect(kernel.opened).toBe(2);
  });

  test('bytes that are no netlink break the socket, not the process', async () => {
    const kernel = fakeKernel([
      (_requests, fake) => fake.deliver(new Uint8Array(20).fill(0xff)),
      acknowledges(),
    ]);
    await expect(kernel.connection.request(message, context)).rejects.toMatchObject({ code: 'internal' });
    await expect(kernel.connection.request(message, context)).resolves.toBeUndefined();
  });

  test('the 1,026th waiting call is refused', async () => {
    const kernel = fakeKernel([silent]);
    const outcomes = Array.from({ length: 1026 }, () =>
      kernel.connection.request(message, context).catch((error: unknown) => error),
    );
    expect(await outcomes.at(-1)).toMatchObject({ code: 'unavailable' });
    kernel.connection.close();
    expect(await outcomes[0]).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('closed'),
    });
  });

  test('close fails what is pending and all that comes after, and leaves no timer', async () => {
    const kernel = fakeKernel([silent]);
    const pending = kernel.connection.request(message, context).catch((error: unknown) => error);
    await settle();
    kernel.connection.close();
    expect(await pending).toMatchObject({ code: 'unavailable' });
    await expect(kernel.connection.request(message, context)).rejects.toMatchObject({ code: 'unavailable' });
    expect([kernel.closed, kernel.timers]).toEqual([1, 0]);
  });

  test('an idle connection has no timer for long', async () => {
    const kernel = fakeKernel([acknowledges()]);
    await kernel.connection.request(message, context);
    kernel.advance(250);
    expect(kernel.timers).toBe(0);
  });
});
