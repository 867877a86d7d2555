/** What a site's clients want, over which ways they are served, and how full the sites at their ends are. */
import type { PlannedFlow, ServiceInput, SitePlan } from '../flow/flow-plan.ts';
import { priceSteps } from '../flow/price.ts';
import { compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';
import type { ExplainedCost, ExplainedDemand, ExplainedSite, ExplainedWay } from './explanation.ts';
import type { ObservedDemand } from './observation.ts';
import type { KnownPath, KnownPaths } from './paths.ts';
import type { SiteCapacityChain } from './site-capacity.ts';

export function explainedDemand(
  demands: readonly ObservedDemand[],
  input: ServiceInput | undefined,
  from: string,
): ExplainedDemand {
  const milli = input?.demands.find(({ site }) => site === from)?.milli ?? 0;
  const seen = demands.find(({ service, site }) => service === input?.name && site === from);
  if (seen === undefined) {
    const isFlowing = (input?.before ?? []).some((flow) => flow.from === from);
    return { milli, source: isFlowing ? 'flows' : 'none' };
  }
  const { demand, newPerSecond, activeConnections, ageMs } = seen;
  const { lifetimeSeconds, heldPeakMilli, bound } = demand;
  return {
    milli,
    source: 'measured',
    ...(newPerSecond === undefined ? {} : { newPerSecond }),
    ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }),
    heldPeakMilli,
    bound,
    activeConnections,
    ageMs,
  };
}

export function explainedWays(
  flows: readonly PlannedFlow[],
  paths: KnownPaths,
  from: string,
): readonly ExplainedWay[] {
  const own = flows.filter((flow) => flow.from === from).toSorted((a, b) => compareText(a.to, b.to));
  const allMilli = own.reduce((sum, { milli }) => sum + milli, 0);
  return own.map(({ to, milli, beforeMilli, targetMilli, costUs, tooExpensiveUs, bound }) => ({
    to,
    milli,
    sharePermille: permille(milli, allMilli) ?? 0,
    beforeMilli,
    targetMilli,
    cost: costOf(costUs, paths.between(from, to)),
    tooExpensiveUs,
    bound,
  }));
}

/** A bias takes no way below nothing: what it did is the difference. */
function costOf(totalUs: number, path: KnownPath | undefined): ExplainedCost {
  if (path === undefined) {
    return { totalUs, p50Us: 0, jitterUs: 0, lossUs: 0, biasUs: totalUs, source: 'guess' };
  }
  const { p50Us, p90Us, source } = path;
  const plainUs = pathCostUs(path);
  const jitterUs = Math.max(0, p90Us - p50Us);
  const lossUs = plainUs - p50Us - jitterUs;
  return { totalUs, p50Us, jitterUs, lossUs, biasUs: totalUs - plainUs, source };
}

export function explainedSites(
  chains: readonly SiteCapacityChain[],
  plans: readonly SitePlan[],
): readonly ExplainedSite[] {
  return chains.map((chain) => {
    const plan = plans.find(({ site }) => site === chain.site);
    const { loadMilli = 0, targetMilli = 0, priceUs = 0 } = plan ?? {};
    const usedPermille = permille(loadMilli, chain.capacityMilli);
    const stepPercent = stepPercentOf(chain.capacityMilli, priceUs);
    return {
      ...chain,
      loadMilli,
      targetMilli,
      ...(usedPermille === undefined ? {} : { usedPermille }),
      priceUs,
      ...(stepPercent === undefined ? {} : { stepPercent }),
    };
  });
}

function stepPercentOf(capacityMilli: number, priceUs: number): number | undefined {
  const steps = priceSteps(capacityMilli);
  const upToMilli = steps.upToMilli[steps.priceUs.indexOf(priceUs)];
  if (upToMilli === undefined || upToMilli > capacityMilli || capacityMilli === 0) return undefined;
  return Math.round((100 * upToMilli) / capacityMilli);
}

function permille(part: number, whole: number): number | undefined {
  return whole > 0 ? Math.round((1_000 * part) / whole) : undefined;
}
