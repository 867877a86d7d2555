import { expect, test } from 'vitest';
import { createChecker, type Transition } from '../../../agents/realserver/checker.ts';
import type { CheckTarget } from '../../../agents/realserver/checks.ts';
import type { CheckResult } from '../../../agents/realserver/verdict.ts';
import type { RealServerService } from '../../../src/domain/snapshot.ts';
import { createManualClock } from '../manual-clock.ts';

const web: RealServerService = {
  name: 'web',
  vips: ['192.0.2.10', '2001:db8::10'],
  ports: [
    { protocol: 'udp', port: 443, targetPort: 443 },
    { protocol: 'tcp', port: 80, targetPort: 8080 },
  ],
  health: {
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

test('each VIP is checked at itself, on the first tcp port', async () => {
  const { clock, asked, checker } = setUp();
  checker.watch([web], (vip) => vip);
  await clock.advance(50);
  expect(asked.map(({ address, port }) => `${address} ${port}`)).toEqual([
    '192.0.2.10 80',
    '2001:db8::10 80',
  ]);
});

test('under masquerade the real server is checked at its own address and port', async () => {
  const { clock, asked, checker } = setUp();
  checker.watch([web], () => '10.0.0.5');
  await clock.advance(50);
  expect(asked[0]).toMatchObject({ address: '10.0.0.5', port: 8080, host: '192.0.2.10' });
});

test('a failing VIP is told of its own ports only, and of the service', async () => {
  const { clock, transitions, checker, answerWith } = setUp();
  checker.watch([web], (vip) => vip);
  await clock.advance(50);
  answerWith(({ address }) =>
    address === '192.0.2.10' ? { ok: false, reason: 'connection refused', certain: true } : { ok: true },
  );
  await clock.advance(200);
  expect(checker.verdicts('192.0.2.10')).toEqual([
    { port: 443, protocol: 'udp', verdict: 'unhealthy' },
    { port: 80, protocol: 'tcp', verdict: 'unhealthy' },
  ]);
  expect(checker.verdicts('2001:db8::10')?.map(({ verdict }) => verdict)).toEqual(['healthy', 'healthy']);
  expect(checker.verdicts('192.0.2.99')).toBeUndefined();
  expect(checker.reports()).toMatchObject([
    { service: 'web', verdict: 'unhealthy', reason: 'connection refused' },
  ]);
  expect(transitions.at(-1)).toMatchObject({ service: 'web', vip: '192.0.2.10', forMs: 200 });
});

test('three timeouts in a row are found out at once, not three intervals later', async () => {
  const { clock, asked, checker, answerWith } = setUp();
  checker.watch([{ ...web, vips: ['192.0.2.10'] }], (vip) => vip);
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
