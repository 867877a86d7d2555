// Who loses packets to our tunnel device, whose device takes ours, and who lives beside it.
import { expect, test } from 'vitest';
import { sentenceOf } from '../../src/domain/finding.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import type { SurveyedLink } from '../../src/domain/host-survey.ts';
import { openTunnels, rivalTunnels, type TunnelUser } from '../../src/plan/tunnel-users.ts';

const ipip = { name: 'cw-ipip', type: 'ipip', external: false, local: '10.1.0.11', up: true } as const;
const desired = { ...emptyHostState, links: [ipip] };
const none = emptyHostState;
const user: TunnelUser = { address: '10.1.0.11', directors: ['10.1.0.2'] };

function link(name: string, kind: string | undefined, more: Partial<SurveyedLink> = {}): SurveyedLink {
  return { name, kind, up: true, mtu: 1_480, ...more };
}

test.each<[string, SurveyedLink[]]>([
  ['nothing else', []],
  ['hardware', [link('eth0', undefined)]],
  ['our own device', [link('cw-ipip', 'ipip', { local: '10.1.0.11' })]],
  ['our own device as earlier versions made it', [link('cw-ipip', 'ipip', { external: true })]],
  ['an external device, which is asked after ours', [link('flow', 'ipip', { external: true })]],
  ['a fallback device that nobody uses', [link('tunl0', 'ipip', { up: false })]],
  ['tunnels of other protocols', [link('wg0', 'wireguard'), link('gre1', 'gre')]],
  ['a tunnel with both ends', [link('far', 'ipip', { local: '10.1.0.11', remote: '10.9.0.1' })]],
  ['a tunnel with a far end', [link('far', 'ipip', { remote: '10.9.0.1' })]],
  ['a tunnel at another address of this host', [link('near', 'ipip', { local: '10.7.0.1' })]],
])('%s: lives beside it', (_, present) => {
  expect(rivalTunnels(desired, present, none, user)).toBeUndefined();
});

test.each<[string, SurveyedLink, string]>([
  ['one that is bound to our address', link('near', 'ipip', { local: '10.1.0.11' }), 'near (ipip)'],
  ['one to a director', link('far', 'ipip', { remote: '10.1.0.2' }), 'far (ipip to 10.1.0.2)'],
])('%s takes our packets, whoever the host is for', (_, present, named) => {
  const found = rivalTunnels(desired, [present], none, user);
  const reason = found && sentenceOf(found);
  expect(reason).toContain(`takes what directors send to 10.1.0.11: ${named}`);
  expect(reason).toContain(`ip link set ${present.name} down`);
});

test('there is room for one external device of a kind', () => {
  const six = { name: 'cw-ip6tnl', type: 'ip6tnl', external: true, up: true } as const;
  const wanted = { ...emptyHostState, links: [six] };
  const at = { address: '2001:db8::11', directors: ['2001:db8::2'] };
  const found = rivalTunnels(wanted, [link('flow', 'ip6tnl', { external: true })], none, at);
  expect(found?.what).toContain('takes what directors send to 2001:db8::11: flow (ip6tnl)');
  expect(rivalTunnels(wanted, [link('flow', 'ipip', { external: true })], none, at)).toBeUndefined();
});

test.each<[string, SurveyedLink[], string[]]>([
  ['nothing else', [link('eth0', undefined), link('wg0', 'wireguard')], []],
  [
    'our own',
    [link('cw-ipip', 'ipip', { external: true }), link('cw-s0a010002', 'sit', { local: '10.1.0.11' })],
    [],
  ],
  [
    'those with a far end, or at another address',
    [link('far', 'ipip', { remote: '10.9.0.1' }), link('near', 'gre', { local: '10.7.0.1' })],
    [],
  ],
  ['one that is down', [link('tunl0', 'ipip', { up: false })], []],
  ['one without ends', [link('tunl0', 'ipip')], ['ipip']],
  [
    'an external one, and one at our address',
    [link('flow', 'gre', { external: true }), link('near', 'ipip', { local: '10.1.0.11' })],
    ['gre', 'ipip'],
  ],
])('%s: what ours for all directors can not stand beside', (_, present, kinds) => {
  expect(openTunnels(present, '10.1.0.11')).toEqual(kinds);
});

test('one device a director lives beside all of them, but for one with the very same ends', () => {
  const ends = { local: '10.1.0.11', remote: '10.1.0.2' };
  const own = { ...ipip, name: 'cw-i0a010002', ...ends };
  const beside = { ...emptyHostState, links: [own] };
  for (const present of [
    link('tunl0', 'ipip'),
    link('flow', 'ipip', { external: true }),
    link('near', 'ipip', { local: '10.1.0.11' }),
    link('far', 'ipip', { remote: '10.1.0.2' }),
  ])
    expect(rivalTunnels(beside, [present], none, user)).toBeUndefined();
  const found = rivalTunnels(beside, [link('same', 'ipip', ends)], none, user);
  expect(found?.what).toContain('same (ipip to 10.1.0.2)');
});

test('a device that was made before is ours', () => {
  const gre = { ...desired, links: [{ ...ipip, name: 'cw-gre', type: 'gre' as const }] };
  expect(rivalTunnels(gre, [link('cw-ipip', 'ipip', { external: true })], desired, user)).toBeUndefined();
});
