/** What a scrape and the log show of return paths. */
import { Counter, type Registry } from 'prom-client';
import { type ReturnPathStatus, returnPathStates } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import type { ReturnPathWord } from '../../plan/observe/agent-word.ts';
import { returnPathStatuses } from '../../plan/observe/return-path-status.ts';
import type { ReturnPathChange } from '../../plan/return-paths.ts';
import { gaugeText, type Sample } from '../../runtime/exposition.ts';
import type { Logger } from '../../runtime/log.ts';
import { metricPrefix } from '../coordinator-metrics.ts';

export interface ReturnPathSource {
  world(): Pick<World, 'services' | 'realServers' | 'returnPaths'>;
  words(): readonly ReturnPathWord[];
}

/** One gauge: there are as many lines as sites have VIPs, five times. */
export function* returnPathText(source: ReturnPathSource): Steps<string> {
  const paths = yield* returnPathStatuses(source.world(), source.words());
  const help =
    'Whether what real servers of a site send from a VIP gets out of it, as heard at other sites: 1 for the state that holds';
  return yield* gaugeText(`${metricPrefix}return_path`, help, ['site', 'vip', 'state'], samples(paths));
}

function* samples(paths: readonly ReturnPathStatus[]): Iterable<Sample> {
  for (const { site, vip, state } of paths)
    for (const name of returnPathStates) yield [[site, vip, name], name === state ? 1 : 0];
}

/** `counts`: datagrams that came to this coordinator as a collector. */
export function showProofs(
  registry: Registry,
  counts: () => { readonly heard: number; readonly ignored: number },
): void {
  new Counter({
    name: `${metricPrefix}return_path_datagrams_total`,
    help: 'Datagrams of real servers of other sites about their return paths; ignored: forged, old or heard before',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      const { heard, ignored } = counts();
      this.inc({ outcome: 'heard' }, heard);
      this.inc({ outcome: 'ignored' }, ignored);
    },
  });
}

/** So many are told one by one. */
const shownChanges = 20;

export function tellReturnPaths(changes: readonly ReturnPathChange[], log: Logger): void {
  for (const change of changes.slice(0, shownChanges)) {
    if (change.kind === 'delete') continue;
    const { realServer, proved, refuted } = change.record;
    const fields = { realServer, proved, refuted };
    if (refuted.length > 0) log.warn(fields, 'what it sends from a VIP does not get out of its site');
    else log.info(fields, 'return path shown');
  }
  if (changes.length > shownChanges) log.info({ changes: changes.length }, 'return paths are known anew');
}
