/** All hosts of a scenario are this one: by the address of the loopback that it calls from, a gate tells who calls. */
import { AsyncLocalStorage } from 'node:async_hooks';
import net from 'node:net';

const source = new AsyncLocalStorage<string>();
const connect = net.connect;
let usual: string | undefined;

/** Of a site's hosts, by its place among the sites. */
export function addressOfSite(index: number): string {
  return `127.0.${index + 1}.1`;
}

/** Whatever `run` begins, and all that comes of it later, calls others from that address. */
export function callingFrom<T>(address: string, run: () => T): T {
  // gRPC calls by this name.
  Object.assign(net, { connect: connectFrom });
  return source.run(address, run);
}

/** Whatever this process calls, it calls from that address. */
export function callFrom(address: string): void {
  Object.assign(net, { connect: connectFrom });
  usual = address;
}

function connectFrom(options: net.NetConnectOpts, ...rest: (() => void)[]): net.Socket {
  const localAddress = source.getStore() ?? usual;
  const isFrom = localAddress !== undefined && typeof options === 'object' && 'port' in options;
  return connect(isFrom ? { ...options, localAddress } : options, ...rest);
}
