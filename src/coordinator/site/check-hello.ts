/** Whether an agent's account of itself can be taken: it goes into keys, snapshots and other hosts' kernels. */
import { canonicalAddress, familyOf, hostPrefixLength } from '../../domain/address.ts';
import type { AgentHello } from '../../domain/agent-message.ts';
import { CausewayError } from '../../domain/error.ts';
import { canonicalUnicast, namesNetwork } from '../../domain/vip.ts';
import {
  labelKeyExpected,
  labelKeyPattern,
  labelValueExpected,
  labelValuePattern,
  nameExpected,
  namePattern,
} from '../../resource/names.ts';

const addressExpected =
  'the canonical spelling of a unicast IPv4 or IPv6 address at which others reach this host';
const otherExpected = 'at most one, of the family that the address is not of, in its canonical spelling';
const limits = { labels: 64, gateways: 8, capacity: 100_000_000, versionText: 100 } as const;

/** Throws `invalid` with what was found and what is expected. Every list and text in it is bounded after this. */
export function checkHello(hello: AgentHello): void {
  const { name, site, address, prefixLength, gateways = [] } = hello;
  const found = (what: string, value: string): string => `${what} ${JSON.stringify(shown(value))}`;
  expect(hello, namePattern.test(name), found('name', name), nameExpected);
  expect(hello, namePattern.test(site), found('site', site), nameExpected);
  expect(hello, canonicalUnicast(address) === address, found('address', address), addressExpected);
  const longest = hostPrefixLength(address);
  const fits = prefixLength >= 1 && prefixLength <= longest;
  expect(hello, fits, `prefix length ${prefixLength}`, `1 to ${longest}`);
  const isNetwork = namesNetwork(address, prefixLength);
  expect(hello, !isNetwork, `address ${address}/${prefixLength}`, 'a host, not its network or all of it');
  expect(
    hello,
    gateways.length <= limits.gateways && gateways.every((one) => canonicalAddress(one) === one),
    `gateways ${shown(gateways.join(', '))}`,
    `at most ${limits.gateways} addresses in their canonical spelling`,
  );
  checkApplied(hello);
  if (hello.role === 'director') {
    const { otherAddresses = [] } = hello;
    const isOther = (one: string): boolean =>
      canonicalUnicast(one) === one && familyOf(one) !== familyOf(address);
    const others = found('other addresses', otherAddresses.join(', '));
    expect(hello, otherAddresses.length <= 1 && otherAddresses.every(isOther), others, otherExpected);
    return;
  }
  const { capacity } = hello;
  expect(
    hello,
    capacity >= 1 && capacity <= limits.capacity,
    `capacity ${capacity}`,
    `1 to ${limits.capacity} concurrent connections`,
  );
  const labels = Object.entries(hello.labels);
  expect(
    hello,
    labels.length <= limits.labels,
    `${labels.length} labels`,
    `at most ${limits.labels} of them`,
  );
  for (const [label, value] of labels) {
    expect(hello, labelKeyPattern.test(label), found('label', label), labelKeyExpected);
    const isText = labelValuePattern.test(value);
    expect(hello, isText, `label ${label}=${JSON.stringify(shown(value))}`, labelValueExpected);
  }
}

/** What it says of its snapshot is counted on from, compared and kept; its version is logged. */
function checkApplied(hello: AgentHello): void {
  const { appliedVersion, appliedChecksum, programVersion } = hello;
  // One below the last whole number: a next version must be another number.
  const counts = appliedVersion < Number.MAX_SAFE_INTEGER / 2;
  expect(hello, counts, `applied version ${appliedVersion}`, 'a version that a coordinator gave');
  const isChecksum = appliedChecksum === '' || checksumPattern.test(appliedChecksum);
  expect(hello, isChecksum, `checksum ${JSON.stringify(shown(appliedChecksum))}`, 'a SHA-256 in hex');
  const isShort = programVersion.length <= limits.versionText;
  expect(hello, isShort, `version ${shown(programVersion)}`, `at most ${limits.versionText} characters`);
}

const checksumPattern = /^[0-9a-f]{1,64}$/;
const shownLength = 80;

function shown(text: string): string {
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text;
}

function expect(hello: AgentHello, holds: boolean, found: string, expected: string): void {
  if (holds) return;
  throw new CausewayError({
    code: 'invalid',
    operation: `register ${hello.role}`,
    subject: JSON.stringify(shown(hello.name)),
    message: `found ${found}, expected ${expected}`,
  });
}
