/** The addresses of the host that this coordinator stands on, none of which may become a VIP. */
import { networkInterfaces } from 'node:os';
import { canonicalAddress } from '../domain/address.ts';

/** Devices that an agent on the same host has made: what stands on them are VIPs. */
const ownDevice = /^cw-/;

export function ownAddresses(interfaces = networkInterfaces()): string[] {
  return Object.entries(interfaces).flatMap(([device, addresses = []]) =>
    ownDevice.test(device)
      ? []
      : addresses
          .filter(({ internal }) => !internal)
          .map(({ address }) => canonicalAddress(address))
          .filter((address) => address !== undefined),
  );
}
