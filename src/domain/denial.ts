/** Certificates that are believed no more, though their time is not over: one or all of somebody's, by the word of the CA. */

export interface Denial {
  /** A certificate's serial number (its own, or that of the issuer that has made it), hexadecimal, small letters; or whose all are, as a URI. */
  readonly subject: string;
  /** Beside a URI: those that the CA began before this, and whatever was renewed of them; 0: by serial number. */
  readonly beforeMs: number;
  /** From then on there is none left that it could be about; 0: it is not known. */
  readonly endsMs: number;
  /** Of the CA's key over all of the above (`pki/denied.ts`), base64url; empty: nobody's. */
  readonly signature: string;
  /** For people: whose, and why. */
  readonly words: string;
}

/** So many at once, in a store or a list. */
export const denialsAtMost = 1_000;
export const denialWordsLength = 512;

/** Agents call coordinators alone: those of others are nothing to them. Whose a serial number is, it does not say. */
export function concernsAgents({ subject }: Denial): boolean {
  return !subject.includes('://') || /^spiffe:\/\/[^/]+\/coordinator\//.test(subject);
}

/** The one of two about the same subject that says more. */
export function furtherDenial(a: Denial, b: Denial): Denial {
  return b.beforeMs > a.beforeMs || (b.beforeMs === a.beforeMs && b.endsMs > a.endsMs) ? b : a;
}
