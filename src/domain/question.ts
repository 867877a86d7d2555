/** What operators ask about weights, and how they are answered. */

/** Why the directors of a site have their weights; or, with `changedSinceMs`, which weights changed since. */
export interface WhyQuestion {
  /** May be absent where changes are asked for: all of them then. */
  readonly service: string | undefined;
  /** Site of the directors; as `service`. */
  readonly from: string | undefined;
  readonly realServer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly changedSinceMs: number | undefined;
}

export interface WhyAnswer {
  /** JSON text: an explanation, or a list of changes. */
  readonly json: string;
  readonly sentences: readonly string[];
}

export const whatIfKinds = ['site-down', 'rtt', 'capacity', 'demand', 'drain'] as const;

/** Per mille is of what it is today: 1,000 changes nothing. */
export type WhatIfChange =
  /** Its real servers fail; its clients go on. */
  | { readonly kind: 'site-down'; readonly site: string }
  /** Both ways, without jitter; loss stays. */
  | { readonly kind: 'rtt'; readonly from: string; readonly to: string; readonly us: number }
  /** Of all its real servers. */
  | { readonly kind: 'capacity'; readonly site: string; readonly permille: number }
  /** Of its clients. */
  | { readonly kind: 'demand'; readonly site: string; readonly permille: number }
  /** A site or a real server. */
  | { readonly kind: 'drain'; readonly name: string };

export const whatIfLimits = { us: 10_000_000, permille: 10_000 } as const;

/** Amounts are thousandths of a connection. Before is where things are heading today. */
export interface WhatIf {
  /** Every way that is used before or after, by service, from and to. */
  readonly flows: readonly WhatIfFlow[];
  /** Of each pool of real servers, by site. */
  readonly sites: readonly WhatIfSite[];
  /** What goes another way after than before, whatever became of the demand. */
  readonly movedMilli: number;
  readonly demandMilli: number;
  /** Plans until nothing moves any more, and before that, until a leap is believed. */
  readonly ticks: number;
  readonly waitTicks: number;
  /** Both of them, at today's pace. */
  readonly seconds: number;
  /** False where it was still moving when no more plans were made. */
  readonly settled: boolean;
}

export interface WhatIfFlow {
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly beforeMilli: number;
  readonly afterMilli: number;
}

export interface WhatIfSite {
  readonly site: string;
  /** That share its real servers. */
  readonly services: readonly string[];
  readonly before: SiteUse;
  readonly after: SiteUse;
}

export interface SiteUse {
  readonly loadMilli: number;
  readonly capacityMilli: number;
}

export interface WhatIfAnswer extends WhatIf {
  readonly sentences: readonly string[];
}
