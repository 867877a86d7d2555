// Which coordinators can do their work, as things are: those that live and reach a majority of etcd.
import { type Cut, reach } from './cuts.ts';
import type { Host, Topology } from './topology.ts';

export interface Fitness {
  /** Names of coordinators. */
  readonly fit: readonly string[];
  /** They run, and can't write. */
  readonly unfit: readonly string[];
  /** They do not run. */
  readonly gone: readonly string[];
}

/** `isRunning`: of a program, by its host's name. Without members of etcd whoever runs is fit. */
export function fitness(
  { hosts }: Pick<Topology, 'hosts'>,
  isRunning: (name: string) => boolean,
  cuts: readonly Cut[],
): Fitness {
  const members = hosts.filter(({ role }) => role === 'etcd');
  const running = members.filter(({ name }) => isRunning(name));
  const enough = Math.floor(members.length / 2) + 1;
  // Those that reach a majority, themselves included: one of them leads the others, or answers for them.
  const useful = running.filter(
    (member) => running.filter((other) => reach(member, other, cuts)).length >= enough,
  );
  const isFit = (host: Host): boolean =>
    members.length === 0 || useful.some((member) => reach(host, member, cuts));
  const coordinators = hosts.filter(({ role }) => role === 'coordinator');
  const alive = coordinators.filter(({ name }) => isRunning(name));
  const names = (found: readonly Host[]): string[] => found.map(({ name }) => name);
  return {
    fit: names(alive.filter(isFit)),
    unfit: names(alive.filter((host) => !isFit(host))),
    gone: names(coordinators.filter((host) => !alive.includes(host))),
  };
}
