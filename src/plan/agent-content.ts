/** What each role's snapshot consists of. */
import type { Member } from '../domain/member.ts';
import type { AgentRole } from '../domain/role.ts';
import type { World } from '../domain/world.ts';
import { directorContentDuring, realServerContentDuring } from './handover.ts';
import type { DirectorContent, RealServerContent } from './snapshots.ts';

type MemberOf<R extends AgentRole> = Extract<Member, { role: R }>;

interface ContentOf {
  readonly director: DirectorContent;
  readonly realserver: RealServerContent;
}

const contents: { readonly [R in AgentRole]: (world: World, member: MemberOf<R>) => ContentOf[R] } = {
  director: directorContentDuring,
  realserver: realServerContentDuring,
};

/** The content of one agent's snapshot, before it is versioned; while a change is under way, what it is to do meanwhile. */
export function contentOf<R extends AgentRole>(world: World, member: MemberOf<R>): ContentOf[R] {
  const content = contents[member.role as R];
  return content(world, member);
}
