// What a host looks like to the system's own tools, for tests that compare it with what Causeway says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runHere } from './namespace.ts';
import { deadline } from './pace.ts';

/** For a test with many programs in it: emulated, and on a busy machine, each takes a second or more. */
export const slowTestMs = deadline(240_000);

/** Runs one line of words, split at blanks, in the test's own namespace. */
export function here(line: string): Promise<string> {
  return runHere(line.split(' '));
}

/** `ip -d -j …` of the test's own namespace. */
export async function ipJson(line: string): Promise<Record<string, unknown>[]> {
  const text = await here(`ip -d -j ${line}`);
  return text.trim() === '' ? [] : JSON.parse(text);
}

/** Without duplicate detection, so that no address changes its look while a test compares. */
export async function prepareNamespace(): Promise<void> {
  await here('sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0');
  await here('ip link set lo up');
}

/** Values that change by themselves, that can only be written, or that come with a module whoever in this kernel loads it. */
const volatile = /tcp_fastopen_key|stable_secret|route.flush|vs.lblcr?_/;

/** Everything on a host that Causeway could have touched, as text; `more`: what these commands say as well. */
export async function hostSnapshot(more: readonly string[] = []): Promise<string> {
  const commands = [
    ...more,
    'ip -d addr',
    'ip rule',
    'ip -6 rule',
    'ip -d route show table all',
    'ip -d -6 route show table all',
    'nft list ruleset',
    'grep -rs . /proc/sys/net/ipv4 /proc/sys/net/ipv6/conf',
  ];
  const script = commands.map((command) => `echo '# ${command}'; ${command}`).join('; ');
  const text = await runHere(['bash', '-c', `${script}; true`]);
  return text
    .split('\n')
    .filter((line) => !volatile.test(line))
    .join('\n');
}

/** Packets of each rule of an nft table, by its comment. */
export async function ruleCounters(table: string): Promise<Map<string, number>> {
  const listing: { nftables: { rule?: { comment?: string; expr: { counter?: { packets: number } }[] } }[] } =
    JSON.parse(await here(`nft -j list table inet ${table}`));
  const counters = new Map<string, number>();
  for (const { rule } of listing.nftables) {
    const counter = rule?.expr.find((expression) => expression.counter !== undefined)?.counter;
    if (rule?.comment !== undefined && counter !== undefined) counters.set(rule.comment, counter.packets);
  }
  return counters;
}

const ledgers = mkdtempSync(join(tmpdir(), 'causeway-ledgers-'));
afterAll(() => rmSync(ledgers, { recursive: true, force: true }));

/** A path for a ledger that no other test uses; gone with the test file. */
export function ledgerPath(name: string): string {
  return join(ledgers, `${name}.json`);
}
