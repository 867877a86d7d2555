// Is this kernel one that the lab can stand on? Each line here is a thing that Causeway cannot do without.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

function run(...argv: [string, ...string[]]): string {
  const [program, ...rest] = argv;
  return execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('the kernel under test', () => {
  it('has IPVS, empty in a fresh namespace', () => {
    expect(readFileSync('/proc/net/ip_vs', 'utf8')).toMatch(/^IP Virtual Server version/);
    expect(run('ipvsadm', '-Sn')).toBe('');
  });

  it('has a namespace of its own, without fallback tunnel devices', () => {
    const links: { ifname: string }[] = JSON.parse(run('ip', '-j', 'link'));
    expect(links.map((link) => link.ifname)).toEqual(['lo']);
  });

  it.each(['ipip', 'gre'])('makes an external %s device', (kind) => {
    run('ip', 'link', 'add', `try-${kind}`, 'type', kind, 'external');
    expect(run('ip', '-d', 'link', 'show', `try-${kind}`)).toContain(`${kind} external`);
    run('ip', 'link', 'del', `try-${kind}`);
  });

  it('makes an nft table', () => {
    run('nft', 'add table inet causeway-smoke');
    expect(run('nft', 'list', 'tables')).toBe('table inet causeway-smoke\n');
    run('nft', 'delete table inet causeway-smoke');
  });

  it('delays packets with netem', () => {
    run('ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
    run('tc', 'qdisc', 'add', 'dev', 'near', 'root', 'netem', 'delay', '7ms');
    expect(run('tc', 'qdisc', 'show', 'dev', 'near')).toContain('delay 7ms');
    run('ip', 'link', 'del', 'near');
  });
});
