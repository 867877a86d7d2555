// Who loses packets to our tunnel device, whose device takes ours, and who lives beside it.
import { expect, test } from 'vitest';
import { sentenceOf } from '../../src/domain/finding.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import type { SurveyedLink } from '../../src/domain/host-survey.ts';
import { rivalTunnels, type TunnelUser } from '../../src/plan/tunnel-users.ts';

const ipip = { name: 'cw-ipip', type: 'ipip', external: true, up: true } as const;
const desired = { ...emptyHostState, links: [ipip] };
const none = emptyHostState;
const user: TunnelUser = { address: '10.1.0.11', directors: ['10.1.0.2'], dedicated: false };

function link(name: string, kind: string | undefined, more: Partial<SurveyedLink> = {}): SurveyedLink {
  return { name, kind, up: true, mtu: 1_480, ...more };
}

test.each<[string, SurveyedLink[]]>([
  ['nothing else', []],
  ['hardware', [link('eth0', undefined)]],
  ['our own device', [link('cw-ipip', 'ipip', { external: true })]],
  ['a fallback device that nobody uses', [link('tunl0', 'ipip', { up: false })]],
  ['tunnels of other protocols', [link('wg0', 'wireguard'), link('gre1', 'gre')]],
  ['a tunnel with both ends', [link('far', 'ipip', { local: '10.1.0.11', remote: '10.9.0.1' })]],
  ['a tunnel with a far end', [link('far', 'ipip', { remote: '10.9.0.1' })]],
  ['a tunnel at another address of this host', [link('near', 'ipip', { local: '10.7.0.1' })]],
])('%s: lives beside it', (_, present) => {
  expect(rivalTunnels(desired, present, none, user)).toBeUndefined();
});

test.each<[string, SurveyedLink, string]>([
  ['another external device', link('flow', 'ipip', { external: true }), 'flow (ipip)'],
  ['one that is bound to our address', link('near', 'ipip', { local: '10.1.0.11' }), 'near (ipip)'],
  ['one to a director', link('far', 'ipip', { remote: '10.1.0.2' }), 'far (ipip to 10.1.0.2)'],
])('%s takes our packets, whoever the host is for', (_, present, named) => {
  for (const dedicated of [false, true]) {
    const found = rivalTunnels(desired, [present], none, { ...user, dedicated });
    const reason = found && sentenceOf(found);
    expect(reason).toContain(`takes what directors send to 10.1.0.11: ${named}`);
    expect(reason).toContain(`ip link set ${present.name} down`);
  }
});

test('one without ends would lose its packets: only a host for us alone may take them', () => {
  const tunl0 = link('tunl0', 'ipip', { external: false });
  const found = rivalTunnels(desired, [tunl0], none, user);
  const reason = found && sentenceOf(found);
  expect(reason).toContain('tunl0 (ipip)');
  expect(reason).toContain('dedicated: true');
  expect(rivalTunnels(desired, [tunl0], none, { ...user, dedicated: true })).toBeUndefined();
});

test('a device that was made before is ours', () => {
  const gre = { ...desired, links: [{ ...ipip, name: 'cw-gre', type: 'gre' as const }] };
  expect(rivalTunnels(gre, [link('cw-ipip', 'ipip', { external: true })], desired, user)).toBeUndefined();
});
