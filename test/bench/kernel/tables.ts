/** The tables that the rounds of the kernel benchmark write: as operations of ours, and in ipvsadm's words. */
import type {
  Destination,
  IpvsOperation,
  IpvsTable,
  VirtualServiceKey,
} from '../../../src/domain/ipvs-table.ts';
import { ipvsOver } from '../../../src/kernel/ipvs/ipvs.ts';
import { u16Attribute } from '../../../src/kernel/netlink/attribute.ts';
import { connectionOver } from '../../../src/kernel/netlink/connection.ts';
import { createSendBuffer, forEachMessage, writeMessage } from '../../../src/kernel/netlink/wire.ts';

export interface Entry {
  readonly key: VirtualServiceKey & { readonly kind: 'address' };
  readonly destinations: readonly Destination[];
}

/** The agent's code has run before it gets a thousand services: what is measured is not V8's compiler. */
export const warmUps = 2;

/** Services of TCP port 80, each with so many destinations by IPIP; those left over go one each to the first services. */
export function tableOf(services: number, destinations: number): Entry[] {
  const each = Math.floor(destinations / services);
  const more = destinations - each * services;
  return Array.from({ length: services }, (_, index) => ({
    key: {
      kind: 'address',
      protocol: 'tcp',
      address: `198.18.${index >> 8}.${index & 255}`,
      port: 80,
    } as const,
    destinations: Array.from({ length: each + (index < more ? 1 : 0) }, (_, server) => ({
      address: `10.${server + 1}.${index >> 8}.${index & 255}`,
      port: 80,
      weight: 100 + server,
      forwarding: 'tunnel' as const,
    })),
  }));
}

export function asTable(entries: readonly Entry[]): IpvsTable {
  const schedulerFlags = { fallback: false, port: false };
  return entries.map(({ key, destinations }) => ({
    service: { key, scheduler: 'wrr', schedulerFlags, persistenceSeconds: 0 },
    destinations,
  }));
}

export function toOperations(entries: readonly Entry[]): IpvsOperation[] {
  return asTable(entries).flatMap(({ service, destinations }): IpvsOperation[] => [
    { kind: 'add-service', service },
    ...destinations.map(
      (destination) => ({ kind: 'add-destination', key: service.key, destination }) as const,
    ),
  ]);
}

export function toIpvsadm(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ key, destinations }) => [
    `-A -t ${key.address}:${key.port} -s wrr`,
    ...destinations.map(
      ({ address, port, weight }) => `-a -t ${key.address}:${key.port} -r ${address}:${port} -i -w ${weight}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Programs against a socket that agrees to everything. */
export async function warmUp(operations: readonly IpvsOperation[]): Promise<void> {
  const connection = connectionOver({
    open: ({ datagram }) => ({
      send(bytes, length) {
        let sequence = 0;
        forEachMessage(bytes.subarray(0, length), (message) => {
          sequence = message.sequence;
        });
        queueMicrotask(() => {
          // The family's number, which only the first question waits for, and the ACK.
          datagram(answer(16, Uint8Array.from([1, 2, 0, 0, ...u16Attribute(1, 30)]), sequence));
          datagram(answer(2, new Uint8Array(20), sequence));
        });
      },
      close: () => undefined,
    }),
    schedule: () => () => undefined,
    random: Math.random,
  });
  const ipvs = await ipvsOver(connection);
  for (let pass = 0; pass < warmUps; pass += 1) await ipvs.apply(operations);
}

function answer(type: number, payload: Uint8Array, sequence: number): Uint8Array {
  const target = createSendBuffer(16 + payload.length);
  writeMessage(target, 0, { type, payload }, 0, sequence);
  return target.bytes;
}

export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const startedAt = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAt, value };
}

export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
