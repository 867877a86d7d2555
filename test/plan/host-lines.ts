/** A host's way to what is wanted of it, as text. */
import { describeHostOperation, emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { type ActualHost, diffHost } from '../../src/plan/host-diff.ts';
import { service } from './fixtures.ts';

/** With a VIP of each family. */
export const dual = service({ vips: ['2001:db8::10', '192.0.2.10'] });

export function lines(
  desired: HostState,
  actual: ActualHost = emptyHostState,
  made: HostState = actual,
): string[] {
  return diffHost(desired, actual, made).map(describeHostOperation);
}
