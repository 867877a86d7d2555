/** What is told of a plan, and which changes of the store ask for one at once. */
import type { Logger } from '../../runtime/log.ts';
import type { StoreRecord } from '../../store/record.ts';
import type { CoordinatorMetrics } from '../coordinator-metrics.ts';
import type { PlanTold } from './flow-leader.ts';

export function tellPlan(
  { cause, tookMs, latest, published, changes, withdrawals }: PlanTold,
  log: Logger,
  metrics: CoordinatorMetrics,
): void {
  metrics.planSeconds.observe(tookMs / 1_000);
  metrics.flowsPublished.inc(published.length);
  metrics.weightsChanged.inc(changes.length);
  for (const { isWithdrawn, ...fields } of withdrawals) {
    if (isWithdrawn) log.warn(fields, 'VIPs withdrawn: too little is usable from there');
    else log.info(fields, 'VIPs claimed again');
  }
  metrics.vipsWithdrawn.reset();
  for (const [service, sites] of latest.world.withdrawals) {
    for (const site of sites.keys()) metrics.vipsWithdrawn.set({ service, site }, 1);
  }
  metrics.siteUtilisation.reset();
  const fullest = new Map<string, number>();
  for (const { site, loadMilli, capacityMilli } of latest.plan.pools.flat()) {
    if (capacityMilli > 0) fullest.set(site, Math.max(fullest.get(site) ?? 0, loadMilli / capacityMilli));
  }
  for (const [site, utilisation] of fullest) metrics.siteUtilisation.set({ site }, utilisation);
  for (const { name, refusal, leaps } of latest.plan.services) {
    if (refusal === undefined) continue;
    metrics.plansRefused.inc();
    if (leaps === 1) log.warn({ service: name, reason: refusal }, 'plan held back');
  }
  if (published.length > 0 || changes.length > 0) {
    const weights = changes.slice(0, shownChanges).map(({ service, site, realServer, from, to }) => {
      return `${service} at ${site}: ${realServer} ${from ?? 'new'} → ${to}`;
    });
    log.info(
      { cause, flows: published, weights, changed: changes.length, tookMs: Math.round(tookMs) },
      'planned',
    );
  }
}

const shownChanges = 20;

/** For people; undefined where the change is none of the flows' business, or a plan's own doing. */
export function planCause(records: readonly StoreRecord[]): string | undefined {
  for (const { kind, value } of records) {
    switch (kind) {
      case 'resource':
        if (value.kind === 'Settings') continue;
        return `${value.kind}/${value.name}`;
      case 'member':
        return `${value.role} ${value.name}`;
      case 'latency':
        return `latency ${value.from}–${value.to}`;
      case 'slot':
      case 'flows':
      case 'return-path':
      case 'weights':
      case 'leader-memory':
      case 'estimates':
      case 'deleted-service':
      case 'probe-key':
      case 'asked':
      case 'handover':
      case 'revision':
      case 'revision-part':
      case 'coordinator':
    }
  }
  return undefined;
}
