/** Certificates that nobody is to believe any more, from the CA's list into the store: from there every coordinator and every agent has them. */
import type { AdminHandlers, DenyOutcome } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { type Denial, denialsAtMost, denialWordsLength, furtherDenial } from '../../domain/denial.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Logger } from '../../runtime/log.ts';
import { denialKey, denialPrefix } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface DenyOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
  /** Those that no CA has signed that is believed here; absent: this coordinator asks nobody for certificates. */
  readonly unsigned?: ((denials: readonly Denial[]) => readonly Denial[]) | undefined;
}

const operation = 'deny certificates';
const subjectLength = 2_048;
const signatureLength = 128;

export function createDenyHandler(options: DenyOptions): Pick<AdminHandlers, 'deny'> {
  const { store, view, serial, clock, log } = options;

  function check(denials: readonly Denial[]): void {
    if (denials.length > denialsAtMost)
      throw failure('refused', `${denials.length} of them`, `expected at most ${denialsAtMost} at once`);
    for (const { subject, signature, endsMs } of denials) {
      if (endsMs === 0) throw failure('invalid', subject.slice(0, 40), 'it does not say when it is over');
      if (subject.length > subjectLength || signature.length > signatureLength)
        throw failure('invalid', subject.slice(0, 40), 'it is longer than any of ours');
    }
    if (denials.length > 0 && options.unsigned === undefined)
      throw failure('refused', 'all', 'this coordinator asks nobody for certificates (insecure: true)');
    const [unsigned] = options.unsigned?.(denials) ?? [];
    if (unsigned === undefined) return;
    throw failure(
      'invalid',
      unsigned.subject,
      'no CA that is believed here has signed this: take the list of causeway pki deny as it is, or put it into tls.denied by hand',
    );
  }

  return {
    async deny(given, { caller }) {
      check(given);
      const denials = given.map(kept);
      let outcomes: DenyOutcome[] = [];
      await serial(() =>
        transact(
          store,
          view,
          operation,
          () => {
            const decided = decide(view.denials(), denials, clock.nowMs());
            outcomes = decided.outcomes;
            return decided.writes;
          },
          { restsOn: [denialPrefix] },
        ),
      );
      for (const [index, { subject }] of denials.entries())
        if (outcomes[index] === 'added') log.warn({ by: caller.identity, subject }, 'certificates denied');
      return { outcomes, denials: view.denials() };
    },
  };

  function kept(denial: Denial): Denial {
    return { ...denial, words: denial.words.slice(0, denialWordsLength) };
  }
}

/** What has ended goes by the way. Throws `refused` where it would be too many. */
function decide(
  present: readonly Denial[],
  given: readonly Denial[],
  nowMs: number,
): { readonly outcomes: DenyOutcome[]; readonly writes: readonly Write[] } {
  const next = new Map<string, Denial>();
  const ended = present.filter(({ endsMs }) => nowMs >= endsMs);
  for (const one of present) if (!ended.includes(one)) next.set(one.subject, one);
  const added = new Map<string, Denial>();
  const outcomes = given.map((one): DenyOutcome => {
    if (nowMs >= one.endsMs) return 'over';
    const before = next.get(one.subject);
    if (before !== undefined && furtherDenial(before, one) === before) return 'known';
    next.set(one.subject, one);
    added.set(one.subject, one);
    return 'added';
  });
  if (next.size > denialsAtMost)
    throw failure(
      'refused',
      `${next.size} with those before`,
      `expected at most ${denialsAtMost}: exchange the CA instead (docs/security.md)`,
    );
  return {
    outcomes,
    writes: [
      ...ended
        .filter(({ subject }) => !added.has(subject))
        .map((one): Write => ({ kind: 'delete', key: denialKey(one) })),
      ...[...added.values()].map(
        (value): Write => ({
          kind: 'put',
          key: denialKey(value),
          value: encodeRecord({ kind: 'denial', value }),
        }),
      ),
    ],
  };
}

function failure(code: 'invalid' | 'refused', subject: string | undefined, message: string): CausewayError {
  return new CausewayError({ code, operation, ...(subject === undefined ? {} : { subject }), message });
}
