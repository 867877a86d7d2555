/** Questions about weights and their answers, between the domain and the wire. */
import {
  type SiteUse,
  type WhatIfAnswer,
  type WhatIfChange,
  type WhyQuestion,
  whatIfKinds,
} from '../domain/question.ts';
import { createWordReader, unsigned } from './convert-words.ts';
import type { ExplainRequest, ExplainRequest__Output } from './gen/causeway/v1/ExplainRequest.ts';
import type { SiteUse__Output, SiteUse as WireSiteUse } from './gen/causeway/v1/SiteUse.ts';
import type { WhatIfChange__Output, WhatIfChange as WireChange } from './gen/causeway/v1/WhatIfChange.ts';
import type { WhatIfResponse, WhatIfResponse__Output } from './gen/causeway/v1/WhatIfResponse.ts';

export function whyToWire({ service, from, realServer, changedSinceMs }: WhyQuestion): ExplainRequest {
  return {
    service: service ?? '',
    from: from ?? '',
    realServer: realServer ?? '',
    ...(changedSinceMs === undefined ? {} : { changedSinceMs: unsigned(changedSinceMs) }),
  };
}

export function whyFromWire({
  service,
  from,
  realServer,
  changedSinceMs,
}: ExplainRequest__Output): WhyQuestion {
  return {
    service: service || undefined,
    from: from || undefined,
    realServer: realServer || undefined,
    changedSinceMs,
  };
}

export function changeToWire(change: WhatIfChange): WireChange {
  return { ...change };
}

/** Throws `invalid` for a kind that this version does not know. */
export function changesFromWire(wire: readonly WhatIfChange__Output[]): WhatIfChange[] {
  const words = createWordReader();
  const kinds = wire.map(({ kind }, index) => words.word(`changes[${index}].kind`, kind, whatIfKinds));
  words.refuseProblems('suppose');
  return wire.map((change, index) => changeFromWire(kinds[index] ?? whatIfKinds[0], change));
}

function changeFromWire(kind: WhatIfChange['kind'], wire: WhatIfChange__Output): WhatIfChange {
  const { site, from, to, us, permille, name } = wire;
  switch (kind) {
    case 'site-down':
      return { kind, site };
    case 'rtt':
      return { kind, from, to, us };
    case 'capacity':
    case 'demand':
      return { kind, site, permille };
    case 'drain':
      return { kind, name };
  }
}

export function whatIfToWire(answer: WhatIfAnswer): WhatIfResponse {
  const { flows, sites, movedMilli, demandMilli, sentences, ...rest } = answer;
  return {
    ...rest,
    flows: flows.map((flow) => ({
      ...flow,
      beforeMilli: unsigned(flow.beforeMilli),
      afterMilli: unsigned(flow.afterMilli),
    })),
    sites: sites.map(({ site, services, before, after }) => ({
      site,
      services: [...services],
      before: useToWire(before),
      after: useToWire(after),
    })),
    movedMilli: unsigned(movedMilli),
    demandMilli: unsigned(demandMilli),
    sentences: [...sentences],
  };
}

export function whatIfFromWire({ sites, ...rest }: WhatIfResponse__Output): WhatIfAnswer {
  return {
    ...rest,
    sites: sites.map(({ site, services, before, after }) => ({
      site,
      services,
      before: useFromWire(before),
      after: useFromWire(after),
    })),
  };
}

function useToWire({ loadMilli, capacityMilli }: SiteUse): WireSiteUse {
  return { loadMilli: unsigned(loadMilli), capacityMilli: unsigned(capacityMilli) };
}

function useFromWire(use: SiteUse__Output | null): SiteUse {
  return use ?? { loadMilli: 0, capacityMilli: 0 };
}
