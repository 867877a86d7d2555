import { describe, expect, it } from 'vitest';
import { chooseBackend, type HostFacts } from '../../../src/lab/backend/choose.ts';

/** A host on which every command works but those that mention one of `broken`. */
function host(facts: Partial<HostFacts>, broken: readonly string[] = []): HostFacts {
  return {
    platform: 'linux',
    uid: 0,
    tryCommand: async (argv) => !broken.some((word) => argv.join(' ').includes(word)),
    ...facts,
  };
}

describe('chooseBackend', () => {
  it.each([
    { name: 'a host with everything', facts: host({}), kind: 'native', reason: /all that the lab needs/ },
    { name: 'macOS', facts: host({ platform: 'darwin' }), kind: 'vm', reason: /this is darwin/ },
    { name: 'not root', facts: host({ uid: 1000 }), kind: 'vm', reason: /not root/ },
    { name: 'no IPVS', facts: host({}, ['/proc/net/ip_vs']), kind: 'vm', reason: /lacks ip_vs$/ },
    { name: 'no tunnels', facts: host({}, ['ipip', 'type gre']), kind: 'vm', reason: /lacks ipip, ip_gre$/ },
    { name: 'modules built in', facts: host({}, ['modprobe']), kind: 'native', reason: /all/ },
    { name: 'no namespaces', facts: host({}, ['unshare']), kind: 'vm', reason: /ip_vs, .*veth/ },
  ])('auto: $name → $kind', async ({ facts, kind, reason }) => {
    expect(await chooseBackend('auto', facts)).toEqual({ kind, reason: expect.stringMatching(reason) });
  });

  it('takes vm where it is asked for, without a look at the host', async () => {
    const facts = host({ tryCommand: () => Promise.reject(new Error('not to be asked')) });
    expect((await chooseBackend('vm', facts)).kind).toBe('vm');
  });

  it('refuses native where the kernel cannot, and names the way out', async () => {
    await expect(chooseBackend('native', host({}, ['netem']))).rejects.toThrow(
      /lacks sch_netem; use --backend vm/,
    );
  });
});
