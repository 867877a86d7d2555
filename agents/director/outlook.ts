/** What a director keeps an eye on of its host: the ways to VIPs and real servers as the kernel chooses them, and what is in theirs. */
import { familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { sentenceOf } from '../../src/domain/finding.ts';
import type { HostSurvey, Way } from '../../src/domain/host-survey.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import { directorChecks } from '../../src/plan/director-check.ts';
import { type DirectorFacts, withoutOurs } from '../../src/plan/director-host.ts';
import { ofFamily, vipsOf } from '../../src/plan/vips.ts';
import { gatewaysIn } from '../shared/gateways.ts';
import { createLookout } from '../shared/lookout.ts';
import { holderOf } from '../shared/own-address.ts';

export interface OutlookOptions {
  readonly host: Pick<Host, 'interfaceAddresses' | 'survey'>;
  /** DIP. */
  readonly address: string;
  readonly clock: Clock;
  /** The plan would be another one now. */
  readonly onChange: () => void;
  /** Packets to these addresses leave by another link or gateway than before, or the link's MTU is another. */
  readonly onWays?: (to: readonly string[]) => void;
  /** Addresses that every look asks for. */
  readonly always?: () => readonly string[];
}

export interface Outlook {
  facts(): DirectorFacts;
  gateways(): string[];
  /** As it would be without routes of ours over IPv6; undefined: there is none, or it was not looked at yet. */
  wayTo(to: string): Way | undefined;
  /** MTU of the link by which packets to this address leave, bytes. */
  linkMtu(to: string): number;
  /** The ways that this snapshot needs are what is looked at. */
  watch(snapshot: DirectorSnapshot): void;
  /** Looks at once. */
  now(): Promise<void>;
  troubles(): string[];
  close(): void;
}

const intervalMs = 2_000;
/** A director may know 20,000 real servers: each look asks for so many ways in turn, and again for so many that were amiss. */
const waysAtOnce = 64;
const doubtsAtOnce = 32;
/** Ethernet's. */
const usualMtuBytes = 1_500;

/** Has looked once when it resolves. Error `invalid`: the DIP is not here. */
export async function createOutlook(options: OutlookOptions): Promise<Outlook> {
  const { host, address, clock, onChange } = options;
  let survey: HostSurvey | undefined;
  let facts: DirectorFacts | undefined;
  let snapshot: DirectorSnapshot | undefined;
  let destinations: readonly string[] = [];
  let vips: ReadonlySet<string> = new Set();
  let wantedWays: ReadonlySet<string> = new Set();
  let next = 0;
  let ways = new Map<string, Way | undefined>();

  function isDoubtful(to: string): boolean {
    const way = ways.get(to);
    return ways.has(to) && (way === undefined || way.isLocal || (way.source ?? address) !== address);
  }

  function turn(): string[] {
    const doubts = destinations.filter(isDoubtful).slice(0, doubtsAtOnce);
    const count = Math.min(waysAtOnce, destinations.length);
    const due = Array.from(
      { length: count },
      (_, index) => destinations[(next + index) % destinations.length],
    );
    next = destinations.length === 0 ? 0 : (next + count) % destinations.length;
    const always = (options.always?.() ?? []).filter((to) => wantedWays.has(to));
    return [...new Set([...always, ...doubts, ...due])].filter((to) => to !== undefined);
  }

  async function look() {
    const { link, prefixLength } = holderOf(await host.interfaceAddresses(), address);
    const asked = turn();
    // A probe has its source before it has its way; what IPVS encapsulates is given one by its way.
    const question = asked.map((to) => {
      if (vips.has(to)) return familyOf(to) === familyOf(address) ? { to, from: address } : { to };
      return familyOf(to) === 'ipv6' ? { to, mark: withoutOurs } : { to };
    });
    return { link, prefixLength, asked, seen: await host.survey({ ways: question, filtersOf: [link] }) };
  }

  function take({ link, prefixLength, asked, seen }: Awaited<ReturnType<typeof look>>): void {
    const wayBefore = new Map(asked.map((to) => [to, wayText(to)]));
    const wereKnown = asked.filter((to) => ways.has(to));
    for (const to of asked) ways.set(to, seen.ways.get(to));
    survey = seen;
    const others = wereKnown.filter((to) => wayText(to) !== wayBefore.get(to));
    if (others.length > 0) options.onWays?.(others);
    const before = JSON.stringify(facts);
    facts = {
      address,
      prefixLength,
      link,
      isStrict: seen.strict.has(link),
      vipsElsewhere: ofFamily([...vips], 'ipv4').some((vip) => isElsewhere(ways.get(vip), link)),
      ipv6: seen.ipv6,
    };
    if (before !== undefined && before !== JSON.stringify(facts)) onChange();
  }

  function linkMtu(to: string): number {
    const name = ways.get(to)?.link ?? facts?.link;
    return survey?.links.find((link) => link.name === name)?.mtu ?? usualMtuBytes;
  }

  function wayText(to: string): string {
    const way = ways.get(to);
    return `${way?.link} ${way?.gateway} ${linkMtu(to)}`;
  }

  const lookout = createLookout({ look, onSeen: take, clock, intervalMs });
  try {
    await lookout.now();
  } catch (error) {
    lookout.close();
    throw error;
  }

  function factsNow(): DirectorFacts {
    if (facts === undefined) throw new Error('looked at before the first look');
    return facts;
  }

  return {
    facts: factsNow,
    linkMtu,
    wayTo: (to) => ways.get(to),
    gateways: () => (survey === undefined ? [] : gatewaysIn(survey)),
    watch(watched) {
      snapshot = watched;
      vips = new Set(vipsOf(watched));
      destinations = [...vips, ...new Set(watched.realServers.map((one) => one.address))];
      wantedWays = new Set(destinations);
      ways = new Map([...ways].filter(([to]) => wantedWays.has(to)));
      next = 0;
    },
    now: lookout.now,
    troubles() {
      const blind = lookout.trouble();
      const untold = blind === undefined ? [] : [`this host could not be looked at: ${blind}`];
      if (snapshot === undefined || survey === undefined) return untold;
      const found = directorChecks(snapshot, { address, link: factsNow().link, survey, ways });
      return [...untold, ...found.map(sentenceOf)];
    },
    close: lookout.close,
  };
}

function isElsewhere(way: Way | undefined, link: string): boolean {
  return way !== undefined && !way.isLocal && way.link !== link;
}
