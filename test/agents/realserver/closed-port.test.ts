import { expect, test } from 'vitest';
import { createClosedPort } from '../../../agents/realserver/closed-port.ts';
import { createManualClock } from '../manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const listening = new Set<string>();
  const asked: string[] = [];
  const port = createClosedPort({
    clock,
    handshake: async (address, number) => {
      asked.push(`${address} ${number}`);
      return listening.has(address);
    },
  });
  return { clock, listening, asked, port };
}

test('whoever listens there is found within a minute, and so is that he has gone', async () => {
  const { clock, listening, asked, port } = setUp();
  port.watch(['192.0.2.10', '192.0.2.11']);
  await clock.advance(2_000);
  expect(port.open()).toEqual([]);
  expect(asked).toEqual(['192.0.2.10 7484', '192.0.2.11 7484']);
  listening.add('192.0.2.11');
  await clock.advance(60_000);
  expect(port.open()).toEqual(['192.0.2.11']);
  listening.clear();
  await clock.advance(60_000);
  expect(port.open()).toEqual([]);
  port.close();
});

test('other addresses are looked at soon; what was found on those that left is forgotten', async () => {
  const { clock, listening, port } = setUp();
  listening.add('192.0.2.10').add('192.0.2.20');
  port.watch(['192.0.2.10']);
  await clock.advance(2_000);
  port.watch(['192.0.2.20']);
  expect(port.open()).toEqual([]);
  await clock.advance(2_000);
  expect(port.open()).toEqual(['192.0.2.20']);
  port.close();
});

test('closed, it looks no more', async () => {
  const { clock, asked, port } = setUp();
  port.watch(['192.0.2.10']);
  port.close();
  await clock.advance(120_000);
  expect(asked).toEqual([]);
});
