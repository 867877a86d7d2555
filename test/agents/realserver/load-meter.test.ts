import { expect, test } from 'vitest';
import { createLoadMeter } from '../../../agents/realserver/load-meter.ts';
import { isProbeSourcePort } from '../../../src/domain/probe.ts';
import type { Knockers, LocalEnd, TcpSockets } from '../../../src/kernel/sockets/tcp-sockets.ts';
import { createManualClock } from '../manual-clock.ts';

const web: readonly LocalEnd[] = [{ address: '192.0.2.10', port: 80 }];
const shop: readonly LocalEnd[] = [{ address: '192.0.2.20', port: 80 }];
const unknown = {
  connections: undefined,
  connectionsUtil: undefined,
  cpuUtil: undefined,
  backlogUtil: undefined,
};

function setUp(sockets: Partial<TcpSockets> = {}, cpu = async (): Promise<number | undefined> => 0.5) {
  const clock = createManualClock();
  const lines: string[] = [];
  const line = (level: string) => (fields: unknown, text?: string) =>
    void lines.push(`${level} ${text} ${Object.values(fields as object).join(' ')}`);
  const meter = createLoadMeter({
    clock,
    sockets: { established: async () => 50, fullestQueue: async () => 0, ...sockets },
    cpu,
    capacity: 200,
    log: { info: line('info'), warn: line('warn') } as Parameters<typeof createLoadMeter>[0]['log'],
  });
  return { clock, lines, meter };
}

test('nothing is known at first; then what was measured, every five seconds', async () => {
  let connections = 50;
  const { clock, meter } = setUp({ established: async () => connections });
  meter.watch(web, ['10.1.0.2']);
  expect(meter.report()).toEqual(unknown);
  await clock.advance(0);
  expect(meter.report()).toEqual({ connections: 50, connectionsUtil: 0.25, cpuUtil: 0.5, backlogUtil: 0 });
  connections = 300;
  await clock.advance(4_999);
  expect(meter.report().connections).toBe(50);
  await clock.advance(1);
  expect(meter.report()).toMatchObject({ connections: 300, connectionsUtil: 1.5 });
  meter.close();
});

test('whose knocks do not count', async () => {
  const asked: Knockers[] = [];
  const { clock, meter } = setUp({
    established: async (_, knockers) => {
      asked.push(knockers);
      return 1;
    },
  });
  meter.watch(web, ['10.1.0.2']);
  await clock.advance(0);
  meter.watch(web, ['10.1.0.2', '10.2.0.2']);
  await clock.advance(5_000);
  const ports = { isKnockPort: isProbeSourcePort };
  expect(asked).toEqual([
    { addresses: ['10.1.0.2'], ...ports },
    { addresses: ['10.1.0.2', '10.2.0.2'], ...ports },
  ]);
  meter.close();
});

test('without a TCP port there is no number of connections, not even 0', async () => {
  const { clock, meter } = setUp();
  meter.watch([], ['10.1.0.2']);
  await clock.advance(5_000);
  expect(meter.report()).toEqual({ ...unknown, cpuUtil: 0.5 });
  meter.close();
});

test('other services: what was counted for those before is forgotten, and they are counted at once', async () => {
  const { clock, meter } = setUp({ established: async ([end]) => (end?.address === '192.0.2.20' ? 7 : 50) });
  meter.watch(web, ['10.1.0.2']);
  await clock.advance(100);
  meter.watch([...web], ['10.1.0.2']);
  expect(meter.report().connections).toBe(50);
  meter.watch(shop, ['10.1.0.2']);
  expect(meter.report().connections).toBeUndefined();
  await clock.advance(0);
  expect(meter.report().connections).toBe(7);
  meter.close();
});

test('a count that was under way when the services changed is nobody’s', async () => {
  let finish = (_count: number): void => {};
  const counts: string[] = [];
  const { clock, meter } = setUp({
    established: ([end]) => {
      counts.push(end?.address ?? '');
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  meter.watch(web, ['10.1.0.2']);
  await clock.advance(0);
  meter.watch(shop, ['10.1.0.2']);
  finish(50);
  await clock.advance(0);
  expect(meter.report().connections).toBeUndefined();
  finish(7);
  await clock.advance(0);
  expect(meter.report().connections).toBe(7);
  expect(counts).toEqual(['192.0.2.10', '192.0.2.20']);
  meter.close();
});

test('what can’t be told is unknown, logged once a reason, and all else goes on', async () => {
  let reason: string | undefined = 'ENOENT';
  const { clock, lines, meter } = setUp({
    established: async () => {
      if (reason !== undefined) throw new Error(reason);
      return 0;
    },
  });
  meter.watch(web, ['10.1.0.2']);
  await clock.advance(15_000);
  expect(meter.report()).toEqual({ ...unknown, cpuUtil: 0.5, backlogUtil: 0 });
  expect(lines).toEqual(['warn load is not known connections ENOENT']);
  reason = 'EPERM';
  await clock.advance(10_000);
  reason = undefined;
  await clock.advance(10_000);
  expect(lines.slice(1)).toEqual([
    'warn load is not known connections EPERM',
    'info load is known again connections',
  ]);
  expect(meter.report()).toMatchObject({ connections: 0, connectionsUtil: 0 });
  meter.close();
});

test('closed, it measures no more', async () => {
  let asked = 0;
  const { clock, meter } = setUp({}, async () => {
    asked += 1;
    return undefined;
  });
  await clock.advance(0);
  meter.close();
  await clock.advance(60_000);
  expect(asked).toBe(1);
});
