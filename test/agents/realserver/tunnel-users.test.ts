import { expect, test } from 'vitest';
import { rivalTunnels } from '../../../agents/realserver/tunnel-users.ts';
import { emptyHostState } from '../../../src/domain/host-state.ts';

const ipip = { name: 'cw-ipip', type: 'ipip', external: true, up: true } as const;
const desired = { ...emptyHostState, links: [ipip] };
const none = emptyHostState;

test.each([
  ['nothing else', [], undefined],
  ['hardware and lo', [{ name: 'eth0', kind: undefined, up: true }], undefined],
  ['our own device', [{ name: 'cw-ipip', kind: 'ipip', up: true }], undefined],
  ['a fallback device that nobody uses', [{ name: 'tunl0', kind: 'ipip', up: false }], undefined],
  [
    'another kind of tunnel',
    [
      { name: 'wg0', kind: 'wireguard', up: true },
      { name: 'g', kind: 'gre', up: true },
    ],
    undefined,
  ],
  ['somebody’s tunnel', [{ name: 'tunl0', kind: 'ipip', up: true }], 'tunl0 (ipip)'],
])('%s', (_, present, named) => {
  const reason = rivalTunnels(desired, present, none);
  if (named === undefined) expect(reason).toBeUndefined();
  else {
    expect(reason).toContain(named);
    expect(reason).toContain('dedicated: true');
  }
});

test('gre hears gretap’s packets too; a device made before is ours', () => {
  const gre = { ...desired, links: [{ ...ipip, name: 'cw-gre', type: 'gre' as const }] };
  expect(rivalTunnels(gre, [{ name: 'tap', kind: 'gretap', up: true }], none)).toContain('tap (gretap)');
  expect(rivalTunnels(gre, [{ name: 'cw-gre', kind: 'gre', up: true }], desired)).toBeUndefined();
});
