/** How much of a site's load stays there though the plan no longer wants it: a weight steers new connections only. */

/**
 * Active connections beyond what the flows in force send to the site; 0 where it still fills up. Per site, not per way: what
 * one director has too much there makes up for what another has too little.
 */
export function carryOverConnections(activeConnections: number, plannedMilli: number): number {
  const beyond = activeConnections - plannedMilli / 1_000;
  return Number.isFinite(beyond) ? Math.max(0, beyond) : 0;
}
