/** Which agents cannot do what a site's tunnel asks of them. */
import { isCapable } from '../domain/member.ts';
import { type Problem, resourceId, type Site } from '../domain/resource.ts';
import { bearsPort, tunnelTypeNames } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { named } from './named.ts';
import { byName } from './order.ts';
import { claims, selects } from './selection.ts';

/** GUE alone asks more of a kernel than each one has; who registers later refuses what he is sent, with the same remedy. */
export function checkTunnels(world: World, changed: ReadonlySet<string>): Problem[] {
  return world.sites
    .filter((site) => changed.has(resourceId(site)) && bearsPort(site.tunnel))
    .flatMap((site) => [...unableToTake(world, site), ...unableToSend(world, site)]);
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
function unableToSend({ directors, realServers, services }: World, site: Site): Problem[] {
  const there = realServers.filter((one) => one.site === site.name);
  const unable = directors
    .filter((director) => !isCapable(director, 'gue'))
    .filter((director) =>
      services.some(
        (service) => claims(service, director.site) && there.some((one) => selects(service, one)),
      ),
    );
  if (unable.length === 0) return [];
  return [
    problemAt(
      site,
      `cannot be sent by ${named(byName(unable).map(({ name }) => name))}: give it a kernel of 5.3 or newer, or upgrade an agent ` +
        'that is older',
    ),
  ];
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
