import { expect, test } from 'vitest';
import type { CheckResult } from '../../../agents/realserver/check-verdict.ts';
import { createChecker, type Transition } from '../../../agents/realserver/checker.ts';
import type { CheckTarget } from '../../../agents/realserver/checks.ts';
import { type HealthCheck, plainCheck } from '../../../src/domain/health-check.ts';
import type { RealServerService } from '../../../src/domain/snapshot.ts';
import { createManualClock } from '../manual-clock.ts';

const web: RealServerService = {
  name: 'web',
  vips: ['192.0.2.10', '2001:db8::10'],
  ports: [
    { protocol: 'udp', port: 443, targetPort: 443 },
    { protocol: 'tcp', port: 80, targetPort: 8080 },
    { protocol: 'tcp', port: 443, targetPort: 8443 },
  ],
  health: {
    ...plainCheck,
    ports: [],
    type: 'http',
    port: 0,
    path: '/',
    host: '',
    expectStatus: 200,
    intervalMs: 200,
    timeoutMs: 100,
    fall: 3,
    rise: 2,
  },
};

function setUp() {
  const clock = createManualClock();
  const asked: CheckTarget[] = [];
  const transitions: Transition[] = [];
  let answer: (target: CheckTarget) => CheckResult = () => ({ ok: true });
  const checker = createChecker({
    clock,
    random: () => 0.5,
    run: async (target) => {
      asked.push(target);
      return answer(target);
    },
    onTransition: (transition) => transitions.push(transition),
  });
  return { clock, asked, transitions, checker, answerWith: (next: typeof answer) => (answer = next) };
}

const seen = (asked: readonly CheckTarget[]) =>
  asked.map(({ type, address, port }) => `${type} ${address} ${port}`);
const refused: CheckResult = { ok: false, reason: 'connection refused', certain: true };

test('each tcp port is asked at each VIP, by its own question, and speaks for the udp port of its number', async () => {
  const { clock, asked, checker } = setUp();
  checker.watch([web], (vip) => vip);
  await clock.advance(50);
  expect(seen(asked)).toEqual([
    'http 192.0.2.10 80',
    'https 192.0.2.10 443',
    'http 2001:db8::10 80',
    'https 2001:db8::10 443',
  ]);
  expect(checker.verdicts('192.0.2.10')).toEqual([
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 443, protocol: 'tcp', verdict: 'healthy' },
    { port: 443, protocol: 'udp', verdict: 'healthy' },
  ]);
});

test.each<[string, Partial<HealthCheck>, string[]]>([
  ['a port that decides for all', { type: 'tcp', port: 9_000 }, ['tcp 192.0.2.10 9000']],
  ['none', { type: 'none' }, []],
  ['tcp everywhere', { type: 'tcp' }, ['tcp 192.0.2.10 80', 'tcp 192.0.2.10 443']],
  [
    'a port of its own kind',
    {
      ports: [
        { port: 443, protocol: 'tcp', method: { ...plainCheck, type: 'tcp', port: 0 } },
        { port: 443, protocol: 'udp', method: { ...plainCheck, type: 'grpc', port: 50_051 } },
      ],
    },
    ['grpc 192.0.2.10 50051', 'http 192.0.2.10 80', 'tcp 192.0.2.10 443'],
  ],
])('what is asked: %s', async (_, health, expected) => {
  const { clock, asked, checker } = setUp();
  checker.watch([{ ...web, vips: ['192.0.2.10'], health: { ...web.health, ...health } }], (vip) => vip);
  await clock.advance(50);
  expect(seen(asked)).toEqual(expected);
});

test('under masquerade the real server is checked at its own address and port', async () => {
  const { clock, asked, checker } = setUp();
  checker.watch([web], () => '10.0.0.5');
  await clock.advance(50);
  expect(asked[0]).toMatchObject({ address: '10.0.0.5', port: 8080, host: '192.0.2.10' });
});

test('a dead port says nothing of the others, nor a VIP of the other one; the service still serves', async () => {
  const { clock, transitions, checker, answerWith } = setUp();
  checker.watch([web], (vip) => vip);
  await clock.advance(50);
  answerWith(({ address, port }) => (address === '192.0.2.10' && port === 443 ? refused : { ok: true }));
  await clock.advance(200);
  const verdicts = (vip: string) =>
    checker.verdicts(vip)?.map((one) => `${one.port}/${one.protocol} ${one.verdict}`);
  expect(verdicts('192.0.2.10')).toEqual(['80/tcp healthy', '443/tcp unhealthy', '443/udp unhealthy']);
  expect(verdicts('2001:db8::10')).toEqual(['80/tcp healthy', '443/tcp healthy', '443/udp healthy']);
  expect(checker.verdicts('192.0.2.99')).toBeUndefined();
  expect(checker.reports()).toMatchObject([
    {
      service: 'web',
      verdict: 'healthy',
      reason: '',
      failing: {
        count: 2,
        ends: [
          { vip: '192.0.2.10', port: 443, protocol: 'tcp', reason: 'connection refused' },
          { vip: '192.0.2.10', port: 443, protocol: 'udp', reason: 'connection refused' },
        ],
      },
    },
  ]);
  expect(transitions.at(-1)).toMatchObject({
    service: 'web',
    vip: '192.0.2.10',
    ports: ['443/tcp', '443/udp'],
    forMs: 200,
  });
});

test('a service fails where all of its ports do, and is unchecked where nobody asks', async () => {
  const { clock, checker, answerWith } = setUp();
  const dns: RealServerService = {
    ...web,
    name: 'dns',
    ports: [{ protocol: 'udp', port: 53, targetPort: 53 }],
    health: { ...web.health, type: 'tcp' },
  };
  const tcpOnly = { ...web, ports: web.ports.slice(1) };
  answerWith(() => refused);
  checker.watch([tcpOnly, dns], (vip) => vip);
  await clock.advance(50);
  expect(checker.reports()).toMatchObject([
    { service: 'web', verdict: 'unhealthy', reason: 'connection refused', failing: { count: 4 } },
    { service: 'dns', verdict: 'unchecked' },
  ]);
});

test('a thousand ports are checked in turn, not all at every interval', async () => {
  const { clock, asked, checker } = setUp();
  const ports = Array.from({ length: 3_000 }, (_, index) => ({
    protocol: 'tcp' as const,
    port: 1_000 + index,
    targetPort: 1_000 + index,
  }));
  checker.watch([{ ...web, vips: ['192.0.2.10'], ports }], (vip) => vip);
  await clock.advance(9_000);
  expect(asked.length).toBeGreaterThanOrEqual(6_000);
  expect(asked.length).toBeLessThanOrEqual(9_000);
});

test.each([
  ['0', 0],
  ['2^32', 4_000_000_000],
])('an interval of %s, which no coordinator lets pass, is no loop without a rest', async (_, intervalMs) => {
  const { clock, asked, checker } = setUp();
  checker.watch([{ ...web, vips: ['192.0.2.10'], health: { ...web.health, intervalMs } }], (vip) => vip);
  await clock.advance(1_000);
  expect(asked.length).toBeLessThanOrEqual(2 * 21);
});

test('a snapshot of before these settings is checked as it meant', async () => {
  const { clock, asked, checker } = setUp();
  const { expect: _e, headers: _h, tls: _t, grpcService: _g, ports: _p, ...health } = web.health;
  checker.watch([{ ...web, health: health as RealServerService['health'] }], (vip) => vip);
  await clock.advance(50);
  expect(seen(asked)[0]).toBe('http 192.0.2.10 80');
});

test('three timeouts in a row are found out at once, not three intervals later', async () => {
  const { clock, asked, checker, answerWith } = setUp();
  checker.watch([{ ...web, vips: ['192.0.2.10'], ports: web.ports.slice(1, 2) }], (vip) => vip);
  await clock.advance(25);
  asked.length = 0;
  answerWith(() => ({ ok: false, reason: 'status 503', certain: false }));
  await clock.advance(200);
  expect(checker.reports()).toMatchObject([{ verdict: 'healthy' }]);
  await clock.advance(40);
  expect(asked.length).toBe(3);
  expect(checker.reports()).toMatchObject([{ verdict: 'unhealthy', reason: 'status 503' }]);
});

test('watching the same again changes nothing; a changed check keeps its verdict; what left is no longer checked', async () => {
  const { clock, asked, checker } = setUp();
  checker.watch([web], (vip) => vip);
  await clock.advance(50);
  checker.watch([web], (vip) => vip);
  expect(checker.reports()).toMatchObject([{ verdict: 'healthy' }]);
  checker.watch([{ ...web, health: { ...web.health, path: '/other' } }], (vip) => vip);
  expect(checker.reports()).toMatchObject([{ verdict: 'healthy' }]);
  checker.watch([], (vip) => vip);
  expect(checker.reports()).toEqual([]);
  asked.length = 0;
  await clock.advance(5_000);
  expect(asked).toEqual([]);
});
