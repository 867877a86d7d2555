/** What operators have ordered, in words: whose order it is, why, and how long it holds. */
import { type OverrideOrder, subjectTitles } from '../../domain/resource.ts';
import type { ExplainedOrder } from './explanation.ts';
import { instant, listed, percent } from './explanation-words.ts';

export function orderSentences(orders: readonly ExplainedOrder[], nowMs: number): string[] {
  if (orders.length === 0) return ['No override.'];
  return orders.map(({ subject, governs, hidden }) => {
    const { name, order, owner, reason, expiresAtMs } = governs;
    const about = subject.kind === 'site' ? subject.name : `${subjectTitles[subject.kind]} ${subject.name}`;
    // What is ordered by what is known has no time.
    const until =
      expiresAtMs === Number.MAX_SAFE_INTEGER
        ? 'as long as it is so'
        : `until ${instant(expiresAtMs, nowMs)}`;
    const head = `Override ${name}: ${wordsOf(order, about)}, by ${owner} (${reason}) ${until}`;
    if (hidden.length === 0) return `${head}.`;
    return `${head}; it hides ${listed(hidden.map((one) => `${one.name} (${one.order.kind})`))}.`;
  });
}

function wordsOf(order: OverrideOrder, about: string): string {
  switch (order.kind) {
    case 'freeze':
    case 'drain':
      return `${order.kind} of ${about}`;
    case 'pin':
      return `pin of ${about} at ${percent(order.sharePermille)}`;
    case 'cap':
      return `cap of ${order.connections} connections on ${about}`;
    case 'bias':
      return `bias of ${order.biasMs} ms on ${about}`;
  }
}
