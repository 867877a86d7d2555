// How a host is looked at for the doctor: what matters first where there is much, and no more often than is needed.
import { expect, test } from 'vitest';
import type { HostSurvey, SurveyQuestion } from '../../src/domain/host-survey.ts';
import { examineHost } from '../../src/kernel/examine-host.ts';
import { createManualClock } from '../agents/manual-clock.ts';

const question = { ways: [{ to: '10.1.0.1' }], settings: [], modules: [] };

function looked(survey: Pick<HostSurvey, 'links' | 'addresses'>, filtersAfter = 0) {
  const asked: SurveyQuestion[] = [];
  const host = {
    async survey(one: SurveyQuestion): Promise<HostSurvey> {
      asked.push(one);
      const filters = asked.length > filtersAfter ? { filters: { chains: [] } } : {};
      return { ...survey, ways: new Map(), clients: {}, strict: new Set(), ipv6: 'on', ...filters };
    },
    sysctl: async () => '0',
    nftTables: async () => [],
  };
  return { asked, host };
}

const link = (name: string) => ({ name, kind: undefined, up: true, mtu: 1_500 });

test('of hundreds of devices those are looked at that bear an address of the host, and ours', async () => {
  const pods = Array.from({ length: 400 }, (_, index) => link(`veth${index}`));
  const { host } = looked({
    links: [...pods, link('cw-ipip'), link('eth0')],
    addresses: [
      ...pods.map(({ name }) => ({ link: name, address: 'fe80::1', prefixLength: 64 })),
      { link: 'eth0', address: '10.1.0.11', prefixLength: 24 },
    ],
  });
  let seen: readonly string[] = [];
  const clock = createManualClock();
  await examineHost({ host, clock, root: '/nowhere' }, (links) => {
    seen = links;
    return question;
  });
  expect(seen.slice(0, 2)).toEqual(['cw-ipip', 'eth0']);
  expect(seen.length).toBe(256);
});

test('while rules of others are read nothing else is looked at again and again; who does not wait takes what is known', async () => {
  const few = { links: [link('eth0')], addresses: [] };
  const clock = createManualClock();
  const waiting = looked(few, 4);
  const examined = examineHost({ host: waiting.host, clock, root: '/nowhere' }, () => question);
  await expect
    .poll(async () => {
      await clock.advance(100);
      return waiting.asked.some(({ ways }) => ways.length > 0);
    })
    .toBe(true);
  expect(await examined).toMatchObject({ survey: { value: { filters: { chains: [] } } } });
  expect(waiting.asked.filter(({ ways }) => ways.length > 0)).toEqual([
    { ways: question.ways, filtersOf: ['eth0'] },
  ]);
  const hurried = looked(few, 100);
  await examineHost({ host: hurried.host, clock, root: '/nowhere' }, () => question, false);
  expect(hurried.asked.map(({ ways }) => ways.length)).toEqual([0, 1]);
});
