/** Whether directors can do what a service, its site or Settings say of them: their kernels, and their programs. */
import { type DirectorMember, isCapable, lacks } from '../domain/member.ts';
import { named } from '../domain/named.ts';
import {
  announcements,
  defaultAnnouncement,
  type Problem,
  resourceId,
  type Service,
  settingsName,
} from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { beyondFirst, knows } from './older-directors.ts';
import { problemOf } from './problem.ts';
import { claims, directorsBySite } from './selection.ts';

export function checkTuning(world: World, service: Service): Problem[] {
  const directors = directorsBySite(world)
    .filter(([site]) => claims(service, site))
    .flatMap(([, own]) => own);
  const { scheduler } = service;
  const without = directors.filter((one) => lacks(one, scheduler));
  const old = beyondFirst(service) ? directors.filter((one) => !isCapable(one, 'service-tuning')) : [];
  return [
    ...tell(without, (who) => {
      const expected = `another scheduler, or the module ip_vs_${scheduler} for the kernel of ${who}, whose agent then has to be restarted`;
      return problemOf(service, 'spec.scheduler', scheduler, expected);
    }),
    ...tell(old, (who) => {
      const expected = `nothing that needs newer programs (scheduler ${scheduler}, schedulerFlags, prefixes of persistence, onePacket, thresholds): upgrade ${who}`;
      return problemOf(service, 'spec', 'directors of an older version', expected);
    }),
  ];
}

/** Directors of before stay as they are until they are newer; the others follow at once. */
export function checkIpvsSettings({ ipvs = {}, directors }: World, changed: ReadonlySet<string>): Problem[] {
  const resource = { kind: 'Settings', name: settingsName } as const;
  const chosen = Object.keys(ipvs);
  if (chosen.length === 0 || !changed.has(resourceId(resource))) return [];
  const old = directors.filter((one) => !isCapable(one, 'service-tuning'));
  return tell(old, (who) => {
    const expected = `directors that heed it; those of an older version do not: upgrade ${who}`;
    return { resource, path: 'spec.ipvs', found: named(chosen), expected, mayCome: true };
  });
}

/** One of before would keep its VIPs where no routing daemon looks. */
export function checkAnnouncements(
  { sites, directors }: Pick<World, 'sites' | 'directors'>,
  changed: ReadonlySet<string>,
): Problem[] {
  return sites.flatMap((site) => {
    const { announce = defaultAnnouncement } = site;
    if (announce === defaultAnnouncement || !changed.has(resourceId(site))) return [];
    const old = directors.filter((one) => one.site === site.name && !knows(one, announce));
    const known = announcements.filter((one) => old.every((director) => knows(director, one)));
    return tell(old, (who) => {
      const resource = { kind: site.kind, name: site.name };
      const expected = `${known.join(' or ')}, as directors of an older version know nothing else: upgrade ${who}`;
      return { resource, path: 'spec.announce', found: announce, expected };
    });
  });
}

function tell(directors: readonly DirectorMember[], problem: (who: string) => Problem): Problem[] {
  return directors.length === 0 ? [] : [problem(named(directors.map(({ name }) => name)))];
}
