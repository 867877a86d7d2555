// What a survey of a real server's host says to the plan.
import { expect, test } from 'vitest';
import { factsFrom, surveyFor } from '../../../agents/realserver/facts.ts';
import type { HostSurvey, Way } from '../../../src/domain/host-survey.ts';
import { createFakeHost } from '../fake-kernel.ts';
import { realServerSnapshot } from '../snapshots.ts';

const by = (link: string): Way => ({ link, isLocal: false, gateway: '10.9.0.1' });
const survey: HostSurvey = {
  links: [
    { name: 'lo', kind: undefined, up: true, mtu: 65_536 },
    { name: 'eth1', kind: undefined, up: true, mtu: 9_000 },
  ],
  addresses: [
    { link: 'lo', address: '127.0.0.1', prefixLength: 8 },
    { link: 'eth0', address: '192.0.2.7', prefixLength: 24 },
    { link: 'eth1', address: '10.1.0.11', prefixLength: 24 },
    { link: 'eth1', address: '10.1.0.12', prefixLength: 32 },
    { link: 'eth1', address: '2001:db8::11', prefixLength: 64 },
    { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 24 },
  ],
  ways: new Map([
    ['10.1.0.2', by('eth1')],
    ['10.2.0.2', by('eth0')],
    ['10.1.0.11', { link: 'lo', isLocal: true }],
  ]),
  clients: { ipv4: by('eth0') },
  strict: new Set(['eth1']),
  ipv6: 'on',
};

test('its link, the networks where somebody may ask for a VIP, and who is answered by another link', () => {
  expect(factsFrom(survey, { address: '10.1.0.11', dedicated: false })).toEqual({
    address: '10.1.0.11',
    prefixLength: 24,
    link: 'eth1',
    mtuBytes: 9_000,
    networks: [
      { link: 'eth0', address: '192.0.2.7', prefixLength: 24 },
      { link: 'eth1', address: '10.1.0.11', prefixLength: 24 },
    ],
    isStrict: true,
    elsewhere: ['10.2.0.2'],
    clientsElsewhere: true,
    ipv6: 'on',
    gateways: ['10.9.0.1'],
  });
});

test('without a route to clients, or with one by its own link, nobody is answered elsewhere', () => {
  expect(
    factsFrom({ ...survey, clients: {} }, { address: '10.1.0.11', dedicated: false }).clientsElsewhere,
  ).toBe(false);
  expect(
    factsFrom({ ...survey, clients: { ipv4: by('eth1') } }, { address: '10.1.0.11', dedicated: false })
      .clientsElsewhere,
  ).toBe(false);
});

test('it is asked for the ways to the directors, and the filter of its own link', async () => {
  const host = createFakeHost({ link: 'eth1', address: '10.1.0.11', prefixLength: 24 });
  await surveyFor(host, '10.1.0.11', realServerSnapshot());
  expect(host.questions()).toEqual([{ ways: [{ to: '10.1.0.2' }, { to: '10.2.0.2' }], filtersOf: ['eth1'] }]);
});

test('an address that is not here is said with the remedy', () => {
  expect(() => factsFrom(survey, { address: '10.1.0.99', dedicated: false })).toThrow(
    /find address 10\.1\.0\.99: no interface of this host has it: set address/,
  );
});
