/** How a service is treated beyond its scheduler, as its file says it. */
import type { Service } from '../domain/resource.ts';
import { type ServiceTuning, singleClient, tuningOf } from '../domain/tuning.ts';
import type { ServiceDocument } from './schema.ts';

/** An object to be spread: empty where all is as by default. */
export function tuningFrom(spec: ServiceDocument['spec']): { readonly tuning?: ServiceTuning } {
  const { schedulerFlags, persistence, onePacket, thresholds } = spec;
  const { ipv4Prefix: ipv4 = singleClient.ipv4, ipv6Prefix: ipv6 = singleClient.ipv6 } = persistence ?? {};
  const isSingle = ipv4 === singleClient.ipv4 && ipv6 === singleClient.ipv6;
  const tuning = tuningOf({
    ...(schedulerFlags === undefined ? {} : { schedulerFlags }),
    ...(isSingle ? {} : { persistencePrefix: { ipv4, ipv6 } }),
    ...(onePacket ? { onePacket } : {}),
    ...(thresholds === undefined ? {} : { thresholds }),
  });
  return tuning === undefined ? {} : { tuning };
}

/** The way back, with every default spelt out; what is off is left out. */
export function tuningDocument({ tuning, persistenceSeconds: seconds }: Service): Record<string, unknown> {
  const { schedulerFlags, persistencePrefix = singleClient, onePacket = false, thresholds } = tuning ?? {};
  const isOff = seconds === 0 && persistencePrefix === singleClient;
  const prefixes = { ipv4Prefix: persistencePrefix.ipv4, ipv6Prefix: persistencePrefix.ipv6 };
  return {
    ...(schedulerFlags === undefined ? {} : { schedulerFlags: { ...schedulerFlags } }),
    ...(isOff ? {} : { persistence: { seconds, ...prefixes } }),
    onePacket,
    ...(thresholds === undefined ? {} : { thresholds: { ...thresholds } }),
  };
}
