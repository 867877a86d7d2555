/** What a supposition comes to, as a page: flows and sites before and after, side by side, and what it means. */
import type { SiteUse, WhatIfAnswer, WhatIfFlow } from '../domain/question.ts';
import { singleLine, table } from './table.ts';

export function whatIfPage({ flows, sites, sentences }: WhatIfAnswer): string {
  const isShared = new Set(sites.map(({ services }) => services.join())).size > 1;
  const parts = [flowTable(flows)];
  if (sites.length > 0) {
    const rows = sites.map(({ site, services, before, after }) => [
      site,
      ...(isShared ? [services.join(',')] : []),
      useText(before),
      useText(after),
    ]);
    parts.push(table(['site', ...(isShared ? ['services'] : []), 'used before', 'used after'], rows));
  }
  parts.push(sentences.map((sentence) => `${singleLine(sentence)}\n`).join(''));
  return parts.join('\n');
}

function flowTable(flows: readonly WhatIfFlow[]): string {
  if (flows.length === 0) return 'Nothing flows, before or after.\n';
  const sums = new Map<string, { before: number; after: number }>();
  for (const { service, from, beforeMilli, afterMilli } of flows) {
    const { before, after } = sums.get(`${service} ${from}`) ?? { before: 0, after: 0 };
    sums.set(`${service} ${from}`, { before: before + beforeMilli, after: after + afterMilli });
  }
  const rows = flows.map(({ service, from, to, beforeMilli, afterMilli }) => {
    const all = sums.get(`${service} ${from}`);
    const change = Math.round(afterMilli / 1_000) - Math.round(beforeMilli / 1_000);
    return [
      service,
      `${from} → ${to}`,
      amount(beforeMilli, all?.before),
      amount(afterMilli, all?.after),
      change === 0 ? '' : `${change > 0 ? '+' : ''}${change}`,
    ];
  });
  return table(['service', 'flow', 'before', 'after', 'change'], rows);
}

/** `600 (100%)`; empty where nothing flows. */
function amount(milli: number, allMilli = 0): string {
  return milli === 0 ? '' : `${Math.round(milli / 1_000)} (${share(milli, allMilli)})`;
}

/** `80% of 2000`. */
function useText({ loadMilli, capacityMilli }: SiteUse): string {
  if (capacityMilli > 0) return `${share(loadMilli, capacityMilli)} of ${Math.round(capacityMilli / 1_000)}`;
  return loadMilli === 0 ? 'no capacity' : `${Math.round(loadMilli / 1_000)} of no capacity`;
}

function share(part: number, whole: number): string {
  return `${whole > 0 ? Math.round((100 * part) / whole) : 0}%`;
}
