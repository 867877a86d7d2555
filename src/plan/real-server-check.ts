/** What on a real server's host would make an applied snapshot carry nothing, in sentences that say what to do. Pure. */
import { familyOf, hostPrefixLength } from '../domain/address.ts';
import type { HostTrouble } from '../domain/finding.ts';
import type { HostSurvey, SurveyedAddress } from '../domain/host-survey.ts';
import { named } from '../domain/named.ts';
import { isNetwork, shareAddress } from '../domain/vip-network.ts';
import { realServerFilterTroubles } from './filter-check.ts';
import { ipv6Trouble, vrfTrouble } from './host-check.ts';
import { isTranslated, type RealServerFacts } from './real-server-host.ts';
import type { RealServerContent } from './snapshots.ts';
import { vipsOf } from './vips.ts';

export function realServerChecks(
  snapshot: Pick<RealServerContent, 'services' | 'directors' | 'tunnel' | 'alsoTunnels' | 'guePorts'>,
  survey: HostSurvey,
  { address, link, ipv6 }: Pick<RealServerFacts, 'address' | 'link' | 'ipv6'>,
): HostTrouble[] {
  const vips = vipsOf(snapshot);
  if (vips.length === 0) return [];
  const lost = snapshot.directors.filter(
    ({ address: to }) =>
      familyOf(to) === familyOf(address) && survey.ways.has(to) && survey.ways.get(to) === undefined,
  );
  const troubles = vrfTrouble(link, address, survey.links);
  if (lost.length > 0)
    troubles.push({
      id: 'route-peer',
      what: `this host has no route back to ${named(lost.map((one) => `${one.name} (${one.address})`))}`,
      remedy:
        ': its probes get no answer, and the ' +
        'reverse path filter may drop all that it sends; give the host one',
    });
  if (isTranslated(snapshot)) return troubles;
  troubles.push(...realServerFilterTroubles(snapshot, { address, link }, survey.filters));
  const networks = snapshot.services.flatMap((one) => one.networks ?? []);
  const taken = vipOnCard([...vips, ...networks], survey);
  if (taken !== undefined) troubles.push(taken);
  troubles.push(...ipv6Trouble(vips, ipv6));
  return troubles;
}

/** Why a VIP on a card of this host must not stay there, or undefined. On lo or a dummy nobody asks for it. */
export function vipOnCard(
  vips: readonly string[],
  { addresses, links }: Pick<HostSurvey, 'addresses' | 'links'>,
): HostTrouble | undefined {
  const wanted = new Set(vips);
  const dummies = new Set(links.filter(({ kind }) => kind === 'dummy').map(({ name }) => name));
  const isSilent = (link: string) => link === 'lo' || link.startsWith('cw-') || dummies.has(link);
  const networks = vips.filter(isNetwork);
  const isVip = (address: string) =>
    wanted.has(address) || networks.some((network) => shareAddress(network, address));
  const found = addresses.filter((one) => isVip(one.address) && !isSilent(one.link));
  const [first] = found;
  if (first === undefined) return undefined;
  const places = found.map((one: SurveyedAddress) => `${one.address} on ${one.link}`);
  const mend = `ip address delete ${first.address}/${first.prefixLength} dev ${first.link}`;
  const isAlone =
    familyOf(first.address) === 'ipv6' || first.prefixLength === hostPrefixLength(first.address);
  return {
    id: 'vip-place',
    what: `a VIP is an address of this host's own card (${named(places)})`,
    remedy:
      ': it answers there for the VIP, and clients come past the directors; ' +
      `take it away (${mend}), also from what configures that device` +
      (isAlone
        ? ''
        : '; the first address of a network takes the other addresses of its network along, without promote_secondaries'),
    ...(isAlone ? { mend } : {}),
  };
}
