/** What is believed of return paths, from what collectors hear; and what of it a service that requires the proof is ordered. Pure. */
import { hears, type LiveCoordinator } from '../domain/coordinator.ts';
import { isCapable, type RealServerMember } from '../domain/member.ts';
import type { Override, Service } from '../domain/resource.ts';
import type { DeafCollector, ReturnPathRecord } from '../domain/return-path.ts';
import type { Steps } from '../domain/steps.ts';
import type { World } from '../domain/world.ts';
import type { ReturnPathWord } from './observe/agent-word.ts';
import { compareText } from './order.ts';
import { remembered, rememberedBy } from './remembered.ts';
import { selecting } from './selecting.ts';
import { addressesOf } from './vips.ts';

/** So long a new real server may take until a collector hears it; then it is as one that nobody can hear. */
const newForMs = 60_000;
const serversAStep = 500;

/** Of one real server, by what all collectors say: heard by any counts, silence for whoever is heard by none. */
interface HeardVips {
  /** Each with the collectors that hear it. */
  readonly heard: ReadonlyMap<string, readonly string[]>;
  /** Each with the collectors to which it is silent. */
  readonly silent: ReadonlyMap<string, readonly string[]>;
}

/** By real server. `words`: those of collectors whose word counts. */
function* heardByServer(words: readonly ReturnPathWord[]): Steps<ReadonlyMap<string, HeardVips>> {
  const found = new Map<string, Record<'heard' | 'silent', Map<string, string[]>>>();
  for (const { name, report } of words) {
    for (const [index, { realServer, heard, silent }] of (report.returnPaths ?? []).entries()) {
      const known = found.get(realServer) ?? { heard: new Map(), silent: new Map() };
      found.set(realServer, known);
      for (const vip of heard) known.heard.set(vip, [...(known.heard.get(vip) ?? []), name]);
      for (const vip of silent) known.silent.set(vip, [...(known.silent.get(vip) ?? []), name]);
      if (index % serversAStep === serversAStep - 1) yield;
    }
    yield;
  }
  return found;
}

export type ReturnPathChange =
  | { readonly kind: 'put'; readonly record: ReturnPathRecord }
  | { readonly kind: 'delete'; readonly realServer: string };

type Judged = Pick<World, 'services' | 'realServers'> & { readonly returnPaths?: World['returnPaths'] };

/**
 * What of the records is other now. Who is not heard stays as he was: a proof once given stands until a collector hears the real server itself, and
 * nothing of that VIP, and no other collector does; nor counts the silence of one that was silent already while another heard it. Yields between real servers.
 */
export function* returnPathChanges(
  { services, realServers, returnPaths = [] }: Judged,
  words: readonly ReturnPathWord[],
  nowMs: number,
): Steps<ReturnPathChange[]> {
  const heard = yield* heardByServer(words);
  const selected = selecting(services);
  const members = new Map(realServers.map((one) => [one.name, one]));
  const known = new Map(returnPaths.map((record) => [record.realServer, record]));
  yield;
  const changes: ReturnPathChange[] = [];
  for (const [index, name] of [...new Set([...heard.keys(), ...known.keys()])].entries()) {
    const before = known.get(name);
    const member = members.get(name);
    const vips =
      member === undefined ? [] : [...new Set(selected(member).flatMap((one) => addressesOf(one.vips)))];
    const next =
      member === undefined ? undefined : judged(name, vips.toSorted(), before, heard.get(name), nowMs);
    if (next === undefined && before !== undefined) changes.push({ kind: 'delete', realServer: name });
    else if (next !== undefined && next !== before) changes.push({ kind: 'put', record: next });
    if (index % serversAStep === serversAStep - 1) yield;
  }
  return changes;
}

/** The same record where nothing of it is other; undefined where nothing is known. */
function judged(
  realServer: string,
  vips: readonly string[],
  before: ReturnPathRecord | undefined,
  said: HeardVips | undefined,
  nowMs: number,
): ReturnPathRecord | undefined {
  const wasNew = before?.isNew === true;
  // Its time begins when there is something to show.
  if (wasNew && vips.length === 0) return before;
  const sinceMs = before === undefined || before.sinceMs === 0 ? nowMs : before.sinceMs;
  const isHeard = (vip: string): boolean => said?.heard.has(vip) === true;
  const wasProved = (vip: string): boolean => before?.proved.includes(vip) === true;
  const wasDeaf = (director: string, vip: string): boolean =>
    before?.deaf?.some((one) => one.director === director && one.vips.includes(vip)) === true;
  const isNewsOf = (vip: string) => (director: string) => !wasProved(vip) || !wasDeaf(director, vip);
  const isSilent = (vip: string): boolean =>
    !isHeard(vip) && said?.silent.get(vip)?.some(isNewsOf(vip)) === true;
  const wasRefuted = (vip: string): boolean => before?.refuted.includes(vip) === true;
  const proved = vips.filter((vip) => isHeard(vip) || (wasProved(vip) && !isSilent(vip)));
  const refuted = vips.filter((vip) => isSilent(vip) || (wasRefuted(vip) && !isHeard(vip)));
  const isWhole = proved.length + refuted.length === vips.length;
  const isNew = wasNew && !isWhole && nowMs - sinceMs < newForMs;
  if (proved.length + refuted.length === 0 && !isNew) return undefined;
  const deaf = deafTo(proved, before?.deaf ?? [], said);
  const isSame =
    before !== undefined &&
    same(before.proved, proved) &&
    same(before.refuted, refuted) &&
    wasNew === isNew &&
    (!isNew || before.sinceMs === sinceMs);
  const isDeafSame = JSON.stringify(before?.deaf ?? []) === JSON.stringify(deaf);
  if (isSame && isDeafSame) return before;
  const believed = { realServer, proved, refuted, ...(deaf.length === 0 ? {} : { deaf }) };
  if (isNew) return { ...believed, sinceMs, isNew };
  return { ...believed, sinceMs: isSame ? before.sinceMs : nowMs };
}

/** Who does not hear what is proved, in one order; who says nothing now is as he was. */
function deafTo(
  proved: readonly string[],
  before: readonly DeafCollector[],
  said: HeardVips | undefined,
): DeafCollector[] {
  const found = new Map<string, string[]>();
  for (const vip of proved) {
    const silentTo = said?.silent.get(vip) ?? [];
    const were = before.filter(({ vips }) => vips.includes(vip)).map(({ director }) => director);
    const still = were.filter((director) => said?.heard.get(vip)?.includes(director) !== true);
    for (const director of new Set([...silentTo, ...still]))
      found.set(director, [...(found.get(director) ?? []), vip]);
  }
  return [...found]
    .map(([director, vips]) => ({ director, vips }))
    .toSorted((a, b) => compareText(a.director, b.director));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** With what a real server begins that registers for the first time; undefined where nobody could hear it. */
export function firstReturnPath(
  realServer: Pick<RealServerMember, 'name' | 'site' | 'capabilities'>,
  directors: World['directors'],
  coordinators: readonly LiveCoordinator[],
): ReturnPathRecord | undefined {
  const isHeard =
    isCapable(realServer, 'return-path') &&
    [...directors.filter((one) => isCapable(one, 'return-path')), ...coordinators.filter(hears)].some(
      ({ site }) => site !== realServer.site,
    );
  if (!isHeard) return undefined;
  return { realServer: realServer.name, proved: [], refuted: [], sinceMs: 0, isNew: true };
}

export const recordsByServer = remembered(
  (records: readonly ReturnPathRecord[]): ReadonlyMap<string, ReturnPathRecord> =>
    new Map(records.map((record) => [record.realServer, record])),
);

const noRecords: readonly ReturnPathRecord[] = [];

/**
 * As if somebody had ordered it: of a service that requires the proof, real servers that have not given it, or of which it is refuted, get no
 * new connections. Where no other real server of the service has it, the refuted ones keep theirs: they are the last that may serve anybody.
 * Of whom nothing is known (an agent of before, no collector) nothing is ordered.
 */
export const returnPathOrders = rememberedBy(
  ({ services, realServers, returnPaths = noRecords }: Judged) => [services, realServers, returnPaths],
  ({ services, realServers, returnPaths = noRecords }): readonly Override[] => {
    const requiring = services.filter((service) => service.requireReturnPath === true);
    if (requiring.length === 0 || returnPaths.length === 0) return [];
    const records = recordsByServer(returnPaths);
    const selected = selecting(requiring);
    const servers = new Map<string, RealServerMember[]>(requiring.map(({ name }) => [name, []]));
    for (const realServer of realServers)
      for (const { name } of selected(realServer)) servers.get(name)?.push(realServer);
    return requiring.flatMap((service) => ordersOf(service, servers.get(service.name) ?? [], records));
  },
);

function ordersOf(
  service: Service,
  servers: readonly RealServerMember[],
  records: ReadonlyMap<string, ReturnPathRecord>,
): Override[] {
  const of = (name: string) => records.get(name);
  const isProved = ({ name }: RealServerMember): boolean =>
    addressesOf(service.vips).every((vip) => of(name)?.proved.includes(vip) === true);
  const isRefuted = ({ name }: RealServerMember): boolean =>
    addressesOf(service.vips).some((vip) => of(name)?.refuted.includes(vip) === true);
  const waits = (one: RealServerMember): boolean => of(one.name)?.isNew === true && !isProved(one);
  const isAnyProved = servers.some(isProved);
  const isBarred = (one: RealServerMember): boolean => waits(one) || (isAnyProved && isRefuted(one));
  const orders: Override[] = [];
  for (const [site, own] of Map.groupBy(servers, (one) => one.site)) {
    const barred = own.filter(isBarred);
    if (barred.length === 0) continue;
    // A whole site is one order: there may be thousands of real servers.
    if (barred.length === own.length)
      orders.push(orderFor(service, 'site', site, reasonOf(barred, isRefuted)));
    else
      for (const one of barred)
        orders.push(orderFor(service, 'realServer', one.name, reasonOf([one], isRefuted)));
  }
  return orders;
}

function reasonOf(
  barred: readonly RealServerMember[],
  isRefuted: (one: RealServerMember) => boolean,
): string {
  return barred.some(isRefuted)
    ? 'what it sends from a VIP of the service does not get out of its site, and the service requires that (requireReturnPath)'
    : 'it has yet to show that what it sends from the VIPs gets out of its site, and the service requires that (requireReturnPath)';
}

function orderFor(service: Service, kind: 'site' | 'realServer', name: string, reason: string): Override {
  return {
    kind: 'Override',
    name: `return-path-${service.name}-${name}`,
    order: { kind: 'drain' },
    subject: { kind, name },
    services: [service.name],
    owner: 'causeway',
    reason,
    // As long as it is so, by nobody's clock.
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  };
}
