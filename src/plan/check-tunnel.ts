/** Which agents cannot do what a site's tunnel asks of them. */
import { isCapable } from '../domain/member.ts';
import { named } from '../domain/named.ts';
import { type Problem, resourceId, type Service, type Site } from '../domain/resource.ts';
import { bearsPort, tunnelTypeNames } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { problemOf } from './problem.ts';
import { claims, selects } from './selection.ts';

/** GUE alone asks more of a kernel than each one has; a real server that registers later refuses what it is sent, with the same remedy. */
export function checkTunnels(world: World, changed: ReadonlySet<string>): Problem[] {
  return world.sites
    .filter((site) => bearsPort(site.tunnel))
    .flatMap((site) =>
      changed.has(resourceId(site))
        ? [...unableToTake(world, site), ...unableToSend(world, site)]
        : newlySent(world, site, changed),
    );
}

function unableToTake({ realServers }: World, site: Site): Problem[] {
  const unable = realServers.filter((one) => one.site === site.name && !isCapable(one, 'gue'));
  if (unable.length === 0) return [];
  return [
    problemAt(
      site,
      `cannot be taken by ${named(byName(unable).map(({ name }) => name))}: load the kernel's module fou there ` +
        '(modprobe fou) and restart the agent, or upgrade an agent that is older',
    ),
  ];
}

/** Those that would have to: whom no service leads there is not asked. */
function unableToSend(world: World, site: Site): Problem[] {
  const unable = unableSenders(world, leadingTo(world, site));
  return unable.length === 0 ? [] : [problemAt(site, `cannot be sent by ${named(unable)}: ${senderRemedy}`)];
}

/** A service that is to lead there from now on. */
function newlySent(world: World, site: Site, changed: ReadonlySet<string>): Problem[] {
  return leadingTo(world, site, changed).flatMap((service) => {
    const unable = unableSenders(world, [service]);
    if (unable.length === 0) return [];
    const expected = `real servers that all its directors can send to; ${named(unable)} cannot: ${senderRemedy}`;
    return [
      problemOf(service, 'spec.selector', `real servers of site ${site.name}, by ${site.tunnel}`, expected),
    ];
  });
}

const senderRemedy = 'give it a kernel of 5.3 or newer, or upgrade an agent that is older';

/** `changed`: those of these alone. */
function leadingTo({ realServers, services }: World, site: Site, changed?: ReadonlySet<string>): Service[] {
  const there = realServers.filter((one) => one.site === site.name);
  return services
    .filter((service) => changed?.has(resourceId(service)) ?? true)
    .filter((service) => there.some((one) => selects(service, one)));
}

function unableSenders({ directors }: World, services: readonly Service[]): string[] {
  return byName(directors.filter((director) => !isCapable(director, 'gue')))
    .filter(({ site }) => services.some((service) => claims(service, site)))
    .map(({ name }) => name);
}

function problemAt({ kind, name, tunnel }: Site, why: string): Problem {
  const others = tunnelTypeNames.filter((type) => !bearsPort(type)).join(' or ');
  return {
    resource: { kind, name },
    path: 'spec.tunnel.type',
    found: tunnel,
    expected: `${others}, as ${tunnel} ${why}`,
  };
}
