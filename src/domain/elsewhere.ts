/** Why an agent is not served here, and where it is: the answer of a coordinator that does not own its site, or has its hands full. */
import { CausewayError } from './error.ts';

export interface Place {
  /** `host:port` of the coordinator that serves it; undefined: it is not known, or this one later. */
  readonly address: string | undefined;
  /** Not before that; each adds a share of its own, so that not all come at once. */
  readonly retryAfterMs: number;
  /** `host:port` of the coordinators that there are. */
  readonly coordinators: readonly string[];
}

export class Elsewhere extends CausewayError {
  readonly place: Place;

  constructor(operation: string, subject: string, message: string, place: Place) {
    super({ code: 'unavailable', operation, subject, message });
    this.name = 'Elsewhere';
    this.place = place;
  }
}
