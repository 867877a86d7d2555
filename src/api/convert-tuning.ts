/** How a service is treated beyond its scheduler, from the wire; the way there is the value as it is. */
import { type ServiceTuning, tuningOf } from '../domain/tuning.ts';
import type { ServiceTuning__Output as WireTuning } from './gen/causeway/v1/ServiceTuning.ts';

/** An object to be spread: empty where all is as by default. */
export function tuningFromWire(wire: WireTuning | null | undefined): { readonly tuning?: ServiceTuning } {
  if (!wire) return {};
  const { schedulerFlags, persistencePrefix, onePacket, thresholds } = wire;
  const tuning = tuningOf({
    ...(schedulerFlags ? { schedulerFlags } : {}),
    ...(persistencePrefix ? { persistencePrefix } : {}),
    ...(onePacket ? { onePacket } : {}),
    ...(thresholds ? { thresholds } : {}),
  });
  return tuning === undefined ? {} : { tuning };
}
