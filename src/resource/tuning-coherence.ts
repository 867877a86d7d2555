/** What the kernel would take of a service's treatment and silently ignore, or refuse. */
import { type Scheduler, schedulerFacts } from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { type Incoherence, isMapping } from './incoherence.ts';

export function tuningIncoherences(
  spec: Record<string, unknown>,
  ports: readonly { readonly index: number; readonly value: ServicePort }[],
): Incoherence[] {
  const { scheduler = 'wrr', schedulerFlags, persistence, onePacket, thresholds } = spec;
  return [
    ...(isMapping(schedulerFlags) ? ofFlags(scheduler) : []),
    ...(isMapping(persistence) ? ofPersistence(persistence) : []),
    ...(isMapping(thresholds) ? ofThresholds(thresholds) : []),
    ...(onePacket === true ? notDatagrams(ports) : []),
  ];
}

function ofFlags(scheduler: unknown): Incoherence[] {
  if (!isScheduler(scheduler)) return [];
  const path = ['spec', 'schedulerFlags'];
  if (schedulerFacts[scheduler].flags !== undefined) return [];
  return [{ path, found: `flags of ${scheduler}`, expected: 'no such key: only mh and sh have flags' }];
}

function isScheduler(name: unknown): name is Scheduler {
  return typeof name === 'string' && Object.hasOwn(schedulerFacts, name);
}

function ofPersistence({ seconds, ipv4Prefix, ipv6Prefix }: Record<string, unknown>): Incoherence[] {
  const isSingle = (ipv4Prefix ?? 32) === 32 && (ipv6Prefix ?? 128) === 128;
  if (seconds !== 0 || isSingle) return [];
  const expected = 'at least 1 beside a prefix: nobody sticks to anything';
  return [{ path: ['spec', 'persistence', 'seconds'], found: '0', expected }];
}

/** ip_vs_add_dest and ip_vs_edit_dest in ip_vs_ctl.c: ERANGE. */
function ofThresholds({ upper, lower }: Record<string, unknown>): Incoherence[] {
  if (typeof upper !== 'number' || typeof lower !== 'number' || lower <= upper) return [];
  return [
    { path: ['spec', 'thresholds', 'lower'], found: String(lower), expected: `at most upper, ${upper}` },
  ];
}

/** ip_vs_schedule in ip_vs_core.c heeds it for UDP alone. */
function notDatagrams(ports: Parameters<typeof tuningIncoherences>[1]): Incoherence[] {
  return ports
    .filter(({ value }) => value.protocol !== 'udp')
    .map(({ index, value }) => ({
      path: ['spec', 'ports', index],
      found: JSON.stringify(portText(value)),
      expected: 'udp alone beside onePacket: the kernel ignores it for others',
    }));
}
