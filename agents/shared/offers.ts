/** Which snapshot an agent that only looks goes by: the last one that was offered, though it is refused as it is not carried out. */
import type { Snapshot } from '../../src/domain/snapshot.ts';

export interface Offers<S extends Snapshot> {
  /** The same judgement, and what it was about is remembered. */
  judging<R extends unknown[], V>(judge: (next: S, ...rest: R) => V): (next: S, ...rest: R) => V;
  /** It is to go back from what was offered last; whoever changed nothing has nothing to go back on. */
  isGoingBack(snapshot: S | undefined): boolean;
}

export function createOffers<S extends Snapshot>(observes: boolean): Offers<S> {
  let offered: S | undefined;
  return {
    judging:
      (judge) =>
      (next, ...rest) => {
        offered = next;
        return judge(next, ...rest);
      },
    isGoingBack: (snapshot) => observes && snapshot?.checksum !== offered?.checksum,
  };
}
