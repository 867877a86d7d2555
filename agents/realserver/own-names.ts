/** Every name that this program may give to something on its host: whoever else bears one is asked to make room. */
import { emptyHostState, type HostState, type Link } from '../../src/domain/host-state.ts';

const links: readonly Pick<Link, 'name' | 'type'>[] = [
  { name: 'cw-ipip', type: 'ipip' },
  { name: 'cw-sit', type: 'sit' },
  { name: 'cw-gre', type: 'gre' },
  { name: 'cw-ip6tnl', type: 'ip6tnl' },
  { name: 'cw-ip6gre', type: 'ip6gre' },
  { name: 'cw-vip', type: 'dummy' },
];

/** Not to be made, only asked about. */
export const ownNames: HostState = {
  ...emptyHostState,
  links: links.map((link) => ({ ...link, external: true, up: true })),
  nft: [{ kind: 'closed-decapsulation', name: 'causeway_realserver', directors: [], vips: [], devices: [] }],
};
