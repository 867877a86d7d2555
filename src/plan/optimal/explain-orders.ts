/** Which orders of operators bear on a service's weights, and which ones they hide. */
import type { Override } from '../../domain/resource.ts';
import { governing } from '../estimate/overrides.ts';
import { compareText } from '../order.ts';
import type { ExplainedOrder, OrderWords } from './explanation.ts';

/** `overrides` are those in force. */
export function explainedOrders(
  overrides: readonly Override[],
  service: string,
  sites: readonly string[],
  realServers: readonly string[],
): readonly ExplainedOrder[] {
  const subjects = [
    ...sites.toSorted(compareText).map((name) => ({ kind: 'site', name }) as const),
    ...realServers.toSorted(compareText).map((name) => ({ kind: 'realServer', name }) as const),
  ];
  return subjects.flatMap((subject): ExplainedOrder[] => {
    const { governs, hidden } = governing(overrides, subject, service, Number.NEGATIVE_INFINITY);
    if (governs === undefined) return [];
    return [{ subject, governs: wordsOf(governs), hidden: hidden.map(wordsOf) }];
  });
}

function wordsOf({ name, order, owner, reason, expiresAtMs }: Override): OrderWords {
  return { name, order, owner, reason, expiresAtMs };
}
