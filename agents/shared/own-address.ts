/** Which interface holds the address that an agent was told is its own. */
import { CausewayError } from '../../src/domain/error.ts';

/** Error `invalid` where no interface has the address. */
export function holderOf<A extends { readonly address: string }>(present: readonly A[], address: string): A {
  const holder = present.find((candidate) => candidate.address === address);
  if (holder !== undefined) return holder;
  throw new CausewayError({
    code: 'invalid',
    operation: 'find address',
    subject: address,
    message: "no interface of this host has it: set address (--address) to this host's own underlay address",
  });
}
