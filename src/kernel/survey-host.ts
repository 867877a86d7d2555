/** How a host is surveyed: two dumps, one small question a way, a handful of settings. */
import type { Family } from '../domain/address.ts';
import type { HostSurvey, SurveyedLink, SurveyQuestion, Way } from '../domain/host-survey.ts';
import type { LinkReading } from './link/codec-link.ts';
import type { RouteReading } from './link/codec-route.ts';
import { routeType } from './link/rtnetlink.ts';
import type { RtnetlinkClient } from './link/rtnetlink-client.ts';
import type { SysctlTree } from './sysctl.ts';
import { linkSysctl } from './sysctl-name.ts';

/** Nobody's addresses (RFC 7600, RFC 4843): no route but a default one leads there. */
const nobody: Readonly<Record<Family, string>> = { ipv4: '192.0.0.8', ipv6: '2001:10::1' };

export async function surveyHost(
  rtnetlink: Pick<RtnetlinkClient, 'links' | 'addresses' | 'routeTo'>,
  sysctls: Pick<SysctlTree, 'read'>,
  { ways, filtersOf }: SurveyQuestion,
): Promise<HostSurvey> {
  const links = await rtnetlink.links();
  const nameOf = new Map(links.map((link) => [link.index, link.name]));
  const wayTo = async (to: string, from?: string, mark?: number) =>
    wayOf(await rtnetlink.routeTo(to, from, mark), nameOf);
  const found = new Map<string, Way | undefined>();
  for (const { to, from, mark } of ways) found.set(to, await wayTo(to, from, mark));
  const [v4, v6] = [await wayTo(nobody.ipv4), await wayTo(nobody.ipv6)];
  return {
    links: links.map((link) => surveyed(link, nameOf)),
    addresses: (await rtnetlink.addresses()).flatMap(({ linkIndex, address, prefixLength }) => {
      const link = nameOf.get(linkIndex);
      return link === undefined ? [] : [{ link, address, prefixLength }];
    }),
    ways: found,
    clients: { ...(v4 === undefined ? {} : { ipv4: v4 }), ...(v6 === undefined ? {} : { ipv6: v6 }) },
    strict: await strictOf(sysctls, filtersOf),
    ipv6: await ipv6Of(sysctls),
  };
}

function surveyed(link: LinkReading, nameOf: ReadonlyMap<number, string>): SurveyedLink {
  const { name, kind, up, mtu, master, tunnel } = link;
  const above = master === undefined ? undefined : nameOf.get(master);
  return { name, kind, up, mtu, ...(above === undefined ? {} : { master: above }), ...tunnel };
}

function wayOf(route: RouteReading | undefined, nameOf: ReadonlyMap<number, string>): Way | undefined {
  if (route?.linkIndex === undefined) return undefined;
  const isLocal = route.type === routeType.local;
  // Blackholes and prohibitions lead nowhere.
  if (!isLocal && route.type !== routeType.unicast) return undefined;
  const { gateway, preferredSource: source } = route;
  return {
    link: nameOf.get(route.linkIndex) ?? `#${route.linkIndex}`,
    isLocal,
    ...(gateway === undefined ? {} : { gateway }),
    ...(source === undefined ? {} : { source }),
  };
}

/** The greater of `all` and the device's own counts (ip-sysctl.rst). */
async function strictOf(
  sysctls: Pick<SysctlTree, 'read'>,
  links: readonly string[],
): Promise<ReadonlySet<string>> {
  const value = async (link: string) => Number(await sysctls.read(linkSysctl('ipv4', link, 'rp_filter')));
  const all = await value('all');
  const strict = new Set<string>();
  for (const link of links) if (Math.max(all, await value(link)) === 1) strict.add(link);
  return strict;
}

async function ipv6Of(sysctls: Pick<SysctlTree, 'read'>): Promise<HostSurvey['ipv6']> {
  // Without the protocol there is no such setting.
  const off = async (link: string) => (await sysctls.read(linkSysctl('ipv6', link, 'disable_ipv6'))) !== '0';
  if (await off('all')) return 'off';
  return (await off('default')) ? 'default-off' : 'on';
}
