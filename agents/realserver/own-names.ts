/** Every name that this program may give to something on its host: whoever else bears one is asked to make room. */
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { roles } from '../../src/domain/role.ts';
import { factsOf, linkTypeNames } from '../../src/domain/tunnel.ts';
import type { OwnMarks } from '../../src/kernel/host-marks.ts';

/** Not to be made, only asked about. */
export const ownNames: HostState = {
  ...emptyHostState,
  links: linkTypeNames.map((type) => ({ name: factsOf(type).device, type, external: true, up: true })),
  nft: [
    {
      kind: 'closed-decapsulation',
      name: roles.realserver.nftTable,
      directors: [],
      vips: [],
      ports: [],
      devices: [],
    },
  ],
};

/** The table of replies that earlier versions made. */
const formerReplyTable = 7478;

export const ownMarks: OwnMarks = {
  links: ownNames.links.map(({ name }) => name),
  nft: ownNames.nft,
  tables: [formerReplyTable],
};
