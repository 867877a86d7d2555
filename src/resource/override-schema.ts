/** What the file of an Override may say. Which keys suit which kind of order, `override-coherence.ts` says. */
import * as z from 'zod';
import { overrideKinds, overrideLimits } from '../domain/resource.ts';
import { durationPattern, parseDurationMs } from './duration.ts';
import { nameExpected, namePattern } from './names.ts';
import { integer, mapping, matching, oneOf, resource, set, share } from './schema-parts.ts';

export const expiresExpected = 'a time with its zone, such as 2030-01-31T18:00:00Z';
export const durationExpected = 'a time from now of at most 90d, such as 30m (s, m, h, d)';

const name = matching(namePattern, nameExpected);
const notEmpty = (expected: string) => matching(/\S/, expected);

export const overrideSchema = resource(
  'Override',
  mapping({
    kind: oneOf(overrideKinds).describe(
      'what is ordered: freeze (weights stay), drain (no new connections), pin, cap, bias; freeze and bias are about sites only, about directors drain only',
    ),
    site: name.optional().describe('what it is about: this, or realServer, or director'),
    realServer: name.optional().describe('what it is about: this, or site, or director'),
    director: name
      .optional()
      .describe('what it is about: this, or site, or realServer; drained it attracts nobody'),
    services: set(name, 'a list of at least one service, or no such key for all services')
      .optional()
      .describe('default: all'),
    owner: notEmpty('who answers for it').describe('who answers for it'),
    reason: notEmpty('why it is needed').describe('why it is needed'),
    expires: z.iso
      .datetime({ offset: true, error: expiresExpected })
      .optional()
      .describe('at most 90 days away; this, or for'),
    for: matching(durationPattern, durationExpected)
      .refine((text) => (parseDurationMs(text) ?? 0) <= overrideLimits.lastsMs, { error: durationExpected })
      .optional()
      .describe('from the moment of the apply on: 30m (s, m, h, d)'),
    share: share.optional().describe('pin: exactly this much of its share'),
    connections: integer(0, overrideLimits.connections)
      .optional()
      .describe('cap: no more concurrent connections than this'),
    biasMs: integer(-overrideLimits.biasMs, overrideLimits.biasMs)
      .optional()
      .describe('bias: so much dearer, or cheaper where negative'),
  }),
);

export type OverrideDocument = z.infer<typeof overrideSchema>;
