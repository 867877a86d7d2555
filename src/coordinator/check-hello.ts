/** Whether an agent's account of itself can be taken: it goes into keys, snapshots and other hosts' kernels. */
import { canonicalAddress, hostPrefixLength } from '../domain/address.ts';
import type { AgentHello } from '../domain/agent-message.ts';
import { CausewayError } from '../domain/error.ts';
import {
  labelKeyExpected,
  labelKeyPattern,
  labelValueExpected,
  labelValuePattern,
  nameExpected,
  namePattern,
} from '../resource/names.ts';

/** Throws `invalid` with what was found and what is expected. */
export function checkHello(hello: AgentHello): void {
  const { name, site, address, prefixLength } = hello;
  expect(hello, namePattern.test(name), `name ${JSON.stringify(name)}`, nameExpected);
  expect(hello, namePattern.test(site), `site ${JSON.stringify(site)}`, nameExpected);
  const isAddress = canonicalAddress(address) === address;
  expect(
    hello,
    isAddress,
    `address ${JSON.stringify(address)}`,
    'an IPv4 or IPv6 address in its canonical spelling',
  );
  const longest = hostPrefixLength(address);
  const fits = prefixLength >= 1 && prefixLength <= longest;
  expect(hello, fits, `prefix length ${prefixLength}`, `1 to ${longest}`);
  if (hello.role === 'director') return;
  expect(hello, hello.capacity >= 1, `capacity ${hello.capacity}`, 'at least 1 concurrent connection');
  for (const [label, value] of Object.entries(hello.labels)) {
    expect(hello, labelKeyPattern.test(label), `label ${JSON.stringify(label)}`, labelKeyExpected);
    expect(
      hello,
      labelValuePattern.test(value),
      `label ${label}=${JSON.stringify(value)}`,
      labelValueExpected,
    );
  }
}

function expect(hello: AgentHello, holds: boolean, found: string, expected: string): void {
  if (holds) return;
  throw new CausewayError({
    code: 'invalid',
    operation: `register ${hello.role}`,
    subject: JSON.stringify(hello.name),
    message: `found ${found}, expected ${expected}`,
  });
}
