/** What `causeway status` shows of return paths: of each site and VIP, whether what real servers there send from it gets out. */
import type { RealServerMember } from '../../domain/member.ts';
import type { ReturnPathStatus } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import { hostOf } from '../../domain/vip-network.ts';
import type { World } from '../../domain/world.ts';
import { compareText } from '../order.ts';
import { recordsByServer } from '../return-paths.ts';
import { selecting } from '../selecting.ts';
import type { ReturnPathWord } from './agent-word.ts';

/** More names help nobody who reads. */
const namesAtMost = 8;
const serversAStep = 500;

interface Counted {
  readonly site: string;
  readonly vip: string;
  proved: number;
  unknown: number;
  waiting: number;
  readonly refuted: string[];
}

/** By site and VIP. `words`: of collectors whose word counts. Yields between real servers. */
export function* returnPathStatuses(
  { services, realServers, returnPaths = [] }: Pick<World, 'services' | 'realServers' | 'returnPaths'>,
  words: readonly ReturnPathWord[],
): Steps<ReturnPathStatus[]> {
  const records = recordsByServer(returnPaths);
  const vipsOf = carriedVips(services);
  const counted = new Map<string, Counted>();
  for (const [index, realServer] of realServers.entries()) {
    const { name, site } = realServer;
    const record = records.get(name);
    for (const vip of vipsOf(realServer)) {
      const key = `${site} ${vip}`;
      const one = counted.get(key) ?? { site, vip, proved: 0, unknown: 0, waiting: 0, refuted: [] };
      counted.set(key, one);
      const asked = hostOf(vip);
      if (record?.refuted.includes(asked) === true) one.refuted.push(name);
      else if (record?.proved.includes(asked) === true) one.proved += 1;
      else if (record?.isNew === true) one.waiting += 1;
      else one.unknown += 1;
    }
    if (index % serversAStep === serversAStep - 1) yield;
  }
  const deaf = yield* silentTo(words);
  return [...counted.values()]
    .toSorted((a, b) => compareText(a.site, b.site) || compareText(a.vip, b.vip))
    .map((one) => statusOf(one, deaf));
}

function carriedVips(services: World['services']): (realServer: RealServerMember) => ReadonlySet<string> {
  const selected = selecting(services);
  const known = new Map<string, ReadonlySet<string>>();
  return (realServer) => {
    const key = JSON.stringify(realServer.labels);
    const vips = known.get(key) ?? new Set(selected(realServer).flatMap((service) => service.vips));
    known.set(key, vips);
    return vips;
  };
}

/** By real server and VIP: the collectors that hear the one, and not the other. */
function* silentTo(words: readonly ReturnPathWord[]): Steps<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const { name, report } of words) {
    for (const { realServer, silent } of report.returnPaths ?? []) {
      for (const vip of silent) {
        const key = `${realServer} ${vip}`;
        const known = found.get(key);
        if (known === undefined) found.set(key, [name]);
        else known.push(name);
      }
    }
    yield;
  }
  return found;
}

function statusOf(
  { site, vip, proved, unknown, waiting, refuted }: Counted,
  deaf: ReadonlyMap<string, readonly string[]>,
): ReturnPathStatus {
  const unheardBy = new Set(refuted.flatMap((name) => deaf.get(`${name} ${hostOf(vip)}`) ?? []));
  return {
    site,
    vip,
    state: stateOf({ proved, waiting, refuted }),
    proved,
    refuted: refuted.length,
    unknown: unknown + waiting,
    refutedAt: refuted.toSorted(compareText).slice(0, namesAtMost),
    unheardBy: [...unheardBy].toSorted(compareText).slice(0, namesAtMost),
  };
}

function stateOf({
  proved,
  waiting,
  refuted,
}: Pick<Counted, 'proved' | 'waiting' | 'refuted'>): ReturnPathStatus['state'] {
  if (refuted.length > 0) return proved > 0 ? 'partly' : 'refuted';
  if (proved > 0) return 'proved';
  return waiting > 0 ? 'waiting' : 'unknown';
}
