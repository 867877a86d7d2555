/** What each role's snapshot consists of. */
import type { Member } from '../domain/member.ts';
import type { AgentRole } from '../domain/role.ts';
import type { World } from '../domain/world.ts';
import {
  type DirectorContent,
  directorContent,
  type RealServerContent,
  realServerContent,
} from './snapshots.ts';

type MemberOf<R extends AgentRole> = Extract<Member, { role: R }>;

interface ContentOf {
  readonly director: DirectorContent;
  readonly realserver: RealServerContent;
}

const contents: { readonly [R in AgentRole]: (world: World, member: MemberOf<R>) => ContentOf[R] } = {
  director: directorContent,
  realserver: realServerContent,
};

/** The content of one agent's snapshot, before it is versioned. */
export function contentOf<R extends AgentRole>(world: World, member: MemberOf<R>): ContentOf[R] {
  const content = contents[member.role as R];
  return content(world, member);
}
