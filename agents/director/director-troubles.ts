/** What keeps a director's agent from its work, in sentences that say what to do. Pure. */
import { named } from '../../src/domain/named.ts';

export interface TroubleSources {
  /** Why kernel or host is not as it should be; undefined: it is. */
  readonly kernel: string | undefined;
  /** Real servers that can't be asked, each with why. */
  readonly unasked: ReadonlyMap<string, string>;
  /** Why the last knock could not be tried; empty: it could. */
  readonly knock: string;
  /** VIPs of a family of which this host has no address. */
  readonly unprobedVips: readonly string[];
  readonly address: string;
  /** What is amiss on the host beside what Causeway put there. */
  readonly host: readonly string[];
}

export function troublesOf({
  kernel,
  unasked,
  knock,
  unprobedVips,
  address,
  host,
}: TroubleSources): string[] {
  const troubles: string[] = [];
  if (kernel !== undefined)
    troubles.push(`the kernel could not be brought to what is wanted: ${kernel}; it is tried again`);
  const [reason] = unasked.values();
  if (reason !== undefined)
    troubles.push(
      `no probe leaves for ${named([...unasked.keys()])} (${reason}): they are judged by nothing meanwhile; ` +
        'see who holds the source port, and the route to the VIP',
    );
  if (knock !== '')
    troubles.push(`knocks cannot be tried (${knock}): see who holds the source port, and the output filter`);
  if (unprobedVips.length > 0)
    troubles.push(
      `${named(unprobedVips)} cannot be probed: this host has no address of that family beside ${address}; give it one`,
    );
  return [...troubles, ...host];
}
