/** Which interface holds the address that an agent was told is its own, and what else is there. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { canonicalUnicast } from '../../src/domain/vip.ts';
import type { Host } from '../../src/kernel/host.ts';

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

/**
 * Prefix length of the DIP, the families of which this host has an address to ask from, and one of the other family, where it has any
 * beside `vips`.
 */
export async function ownAddresses(
  host: Pick<Host, 'interfaceAddresses'>,
  address: string,
  vips: readonly string[],
) {
  const present = await host.interfaceAddresses();
  const { link: ownLink, prefixLength } = holderOf(present, address);
  // VIPs stand on lo and devices of ours; a link-local address reaches no other site.
  const usable = present.filter(
    ({ link, address: other }) => link !== 'lo' && !link.startsWith('cw-') && !other.startsWith('fe80:'),
  );
  const families: ReadonlySet<Family> = new Set([address, ...usable.map((one) => one.address)].map(familyOf));
  const others = usable
    .filter(
      ({ address: other }) =>
        familyOf(other) !== familyOf(address) &&
        canonicalUnicast(other) !== undefined &&
        !vips.includes(other),
    )
    .toSorted((a, b) => Number(b.link === ownLink) - Number(a.link === ownLink));
  return { prefixLength, families, otherAddresses: others.slice(0, 1).map((one) => one.address) };
}
