/** The terms of a site's real servers, from how their weights were decided. */
import type { WeightTerm } from './explain-terms.ts';
import type { RoundedSite } from './round.ts';
import { floored, type Scale } from './scale.ts';
import type { Shares } from './shares.ts';

/** By real server; without the terms that are the whole service's (gcd, suppression). */
export function termsOfSite(
  shares: Shares,
  scale: Scale,
  site: RoundedSite,
): ReadonlyMap<string, readonly WeightTerm[]> {
  const { flow, strength } = site.share;
  const of = Math.min(
    Number.MAX_SAFE_INTEGER,
    shares.sites.reduce((sum, share) => sum + share.flow, 0),
  );
  // The same for all of the site: made once.
  const shared: readonly WeightTerm[] = [
    { kind: 'site-share', flow, of, basis: shares.basis },
    { kind: 'scale', ...scale },
  ];
  const siteUnits = site.weight - floored(site.gate.exact());
  return new Map(
    site.parts.map(({ name, carrier, remainder, roundingUnits, apertureUnits }) => [
      name,
      [
        ...shared,
        { kind: 'server-share', capacity: carrier.capacityMilliConnections, ofSiteStrength: strength },
        { kind: 'slow-start', perMille: carrier.slowStartPerMille },
        { kind: 'hold-down', perMille: carrier.holdDownPerMille },
        { kind: 'rounding', siteUnits, remainder, units: roundingUnits },
        ...apertureTerm(site, apertureUnits),
      ],
    ]),
  );
}

function apertureTerm({ aperture }: RoundedSite, units: number): WeightTerm[] {
  return aperture === undefined ? [] : [{ kind: 'aperture', kept: aperture.kept, of: aperture.of, units }];
}
