/** Who asks a coordinator for something. */

/**
 * - `local`: by this host's own loopback, without a certificate
 * - `unnamed`: by the network, without a certificate
 * - the others: as the certificate says
 */
export const callerRoles = [
  'local',
  'unnamed',
  'admin',
  'operator',
  'viewer',
  'director',
  'realserver',
  'coordinator',
] as const;
export type CallerRole = (typeof callerRoles)[number];

export interface Caller {
  /** For logs and history: the certificate's URI, or where the call came from. */
  readonly identity: string;
  readonly role: CallerRole;
  /** That the certificate was made for; undefined: none. */
  readonly site: string | undefined;
  /** The host that the call came from, as far as it is known. */
  readonly from: string;
}
