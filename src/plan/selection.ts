/** Which real servers belong to a service, and which directors claim it. */
import type { DirectorMember, Member, RealServerMember } from '../domain/member.ts';
import type { Service, Site } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { governing } from './estimate/overrides.ts';
import { compareText } from './order.ts';
import type { PlannedRealServer } from './placement-policy.ts';
import { remembered, rememberedBy } from './remembered.ts';

/** Policy weight of a real server for which nothing is declared. */
const ordinaryWeight = 100;

/** Whether the real server carries all labels of the service's selector. */
export function selects(service: Service, realServer: Pick<RealServerMember, 'labels'>): boolean {
  for (const label of Object.keys(service.selector)) {
    if (realServer.labels[label] !== service.selector[label]) return false;
  }
  return true;
}

/** Whether directors of that site claim the service's VIPs. */
export function claims(service: Service, site: string): boolean {
  return service.sites.length === 0 || service.sites.includes(site);
}

/** The directors of declared sites by site, in order. */
export const directorsBySite = rememberedBy(
  ({ sites, directors }: Pick<World, 'sites' | 'directors'>) => [sites, directors],
  ({ sites, directors }): readonly (readonly [string, readonly DirectorMember[]])[] => {
    const declared = new Set(sites.map(({ name }) => name));
    const bySite = Map.groupBy(directors, ({ site }) => site);
    return [...bySite].filter(([site]) => declared.has(site)).toSorted(([a], [b]) => compareText(a, b));
  },
);

export function siteOf(world: World, member: Pick<Member, 'site'>): Site | undefined {
  return world.sites.find(({ name }) => name === member.site);
}

/** The real servers of declared sites, each with its policy. Who stands in no declared site takes no part. */
export const plannedRealServers = rememberedBy(
  ({ sites, realServerPolicies, realServers }: RealServersOf) => [sites, realServerPolicies, realServers],
  (world): readonly PlannedRealServer[] => {
    const sites = new Set(world.sites.map(({ name }) => name));
    const policies = new Map(world.realServerPolicies.map((policy) => [policy.name, policy]));
    return world.realServers
      .filter(({ site }) => sites.has(site))
      .map((member) => {
        const policy = policies.get(member.name);
        return { ...member, weight: policy?.weight ?? ordinaryWeight, drain: policy?.drain ?? false };
      });
  },
);

type RealServersOf = Pick<World, 'sites' | 'realServerPolicies' | 'realServers'>;

/** As `kind name`: of whom a drain is ordered, be it in force for a service or not. Few, where there are very many real servers. */
const drainedSubjects = remembered(
  (overrides: World['overrides']): ReadonlySet<string> =>
    new Set(
      overrides
        .filter(({ order }) => order.kind === 'drain')
        .map(({ subject }) => `${subject.kind} ${subject.name}`),
    ),
);

/** Whether an operator's order keeps this director from attracting this service's clients. */
export function isDirectorDrained(
  { overrides }: Pick<World, 'overrides'>,
  { name }: Pick<DirectorMember, 'name'>,
  service: string,
): boolean {
  const subject = { kind: 'director', name } as const;
  if (!drainedSubjects(overrides).has(`${subject.kind} ${name}`)) return false;
  const { governs } = governing(overrides, subject, service, Number.NEGATIVE_INFINITY);
  return governs?.order.kind === 'drain';
}

/** As an operator's order about it, or about its site, lets this service have it. The world's overrides are those in force. */
export function underOrders(
  { overrides }: Pick<World, 'overrides'>,
  service: Pick<Service, 'name'>,
  realServer: PlannedRealServer,
): PlannedRealServer {
  const { name, site } = realServer;
  const drained = drainedSubjects(overrides);
  if (drained.size === 0) return realServer;
  if (!drained.has(`realServer ${name}`) && !drained.has(`site ${site}`)) return realServer;
  const subjects = [{ kind: 'realServer', name } as const, { kind: 'site', name: site } as const];
  const isDrained = subjects.some(
    (subject) =>
      governing(overrides, subject, service.name, Number.NEGATIVE_INFINITY).governs?.order.kind === 'drain',
  );
  return isDrained ? { ...realServer, drain: true } : realServer;
}
