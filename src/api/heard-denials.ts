/** What an agent has been told of certificates that are believed no more: by the CA's word alone, and never less than before. */
import type { X509Certificate } from 'node:crypto';
import { type Denial, denialsAtMost, furtherDenial } from '../domain/denial.ts';
import { type Denied, deniedByLatest, isSigned } from '../pki/denied.ts';

export interface HeardDenials {
  /** By whom an agent is not to be served; it knows more as more is heard. */
  readonly denied: Denied;
  /** From a snapshot. What none of these CAs has signed, whoever sends it has made up: it is as if it had not been said. */
  hear(denials: readonly Denial[], authorities: readonly X509Certificate[]): void;
}

export function createHeardDenials(): HeardDenials {
  const bySubject = new Map<string, Denial>();
  let list: readonly Denial[] = [];
  /** What was looked at last, and by whose word: snapshots repeat it. */
  let heard: readonly Denial[] = [];
  let believed = '';

  return {
    denied: deniedByLatest(() => list),
    hear(denials, authorities) {
      const cas = authorities.map(({ fingerprint256 }) => fingerprint256).join();
      if (denials === heard && cas === believed) return;
      [heard, believed] = [denials, cas];
      for (const one of denials) {
        const before = bySubject.get(one.subject);
        const isNews = before === undefined || furtherDenial(before, one) === one;
        const hasRoom = before !== undefined || bySubject.size < denialsAtMost;
        if (isNews && hasRoom && isSigned(one, authorities)) bySubject.set(one.subject, one);
      }
      list = [...bySubject.values()];
    },
  };
}
