/**
 * A network in memory between directors and real servers, as far as probes need one: what a director sends from a probe's source
 * port goes where its own kernel's marks and virtual services send it, and is answered by who has the VIP there.
 */
import type { RemoteInfo } from 'node:dgram';
import { EventEmitter } from 'node:events';
import type { DirectorParts } from '../../agents/director/director-agent.ts';
import type { RealServerParts } from '../../agents/realserver/real-server-agent.ts';
import { closedPort, probeMark, probePort, probeSourcePort } from '../../src/domain/probe.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { ProbeSocket } from '../../src/probe/probe-socket.ts';
import type { FakeHost } from '../agents/fake-kernel.ts';

/** A real server as others see it from outside. */
export interface Machine {
  readonly address: string;
  readonly host: Pick<FakeHost, 'state'>;
  /** Answers TCP at the service's ports. */
  isServing: boolean;
  /** Powered, and reached by others. */
  isThere: boolean;
}

export interface FakeNetwork {
  director(of: {
    readonly address: string;
    readonly ipvs: Pick<Ipvs, 'readService'>;
    readonly host: Pick<FakeHost, 'state'>;
  }): DirectorParts['network'];
  realServer(machine: Machine): RealServerParts['network'];
  /** As when the process that has them is killed. */
  closeSockets(address: string): void;
  /** What goes from one address to the other is lost from now on, where this says so. */
  separate(isApart: (from: string, to: string) => boolean): void;
  /** Of what goes between sites, this share is lost: 0 to 1. */
  lose(share: number, random: () => number): void;
  /** Whether a packet from there would get to the host at that address, and be answered. */
  isServed(from: string, to: string): boolean;
}

class FakeSocket extends EventEmitter {
  isOver = false;
  resetAndDestroy(): void {
    this.destroy();
  }
  destroy(): void {
    this.isOver = true;
    this.removeAllListeners();
  }
}

/** One way between sites, which are networks of /16 here; within one nothing. Fixed: what is measured then tells who is near. */
const wanMs = 10;
/** When a handshake of which a packet was lost is tried again. */
const synAgainMs = 1_000;
const synAttempts = 6;

const networkOf = (address: string): string => address.split('.').slice(0, 2).join('.');

export function createFakeNetwork(): FakeNetwork {
  const machines = new Map<string, Machine>();
  /** By `owner address port`; the owner's address is its RIP or DIP. */
  const bound = new Map<string, FakeSocket>();
  let isApart: (from: string, to: string) => boolean = () => false;
  let isLost: () => boolean = () => false;

  /** Resolves with whether it got there. */
  async function arrives(from: string, to: string): Promise<boolean> {
    if (networkOf(from) !== networkOf(to)) {
      await new Promise((resolve) => setTimeout(resolve, wanMs));
      if (isLost()) return false;
    }
    return !isApart(from, to);
  }

  /** As TCP does it: again, where a packet of it was lost. */
  async function handshake(from: string, to: string): Promise<boolean> {
    for (let attempt = 0; attempt < synAttempts; attempt++) {
      if (isApart(from, to) || isApart(to, from)) return false;
      if ((await arrives(from, to)) && (await arrives(to, from))) return true;
      await new Promise((resolve) => setTimeout(resolve, synAgainMs));
    }
    return false;
  }

  function openSocket(owner: string, deliver: Deliver): ProbeSocket {
    const socket = new FakeSocket();
    let at = '';
    return Object.assign(socket, {
      bind({ address = owner, port = 0 }) {
        at = `${owner} ${address} ${port}`;
        bound.set(at, socket);
        setImmediate(() => socket.emit('listening'));
      },
      send(bytes: Uint8Array, port: number, to: string, sent: (error: Error | null) => void) {
        const [, address = '', own = ''] = at.split(' ');
        void deliver(Buffer.from(bytes), { address, port: Number(own) }, { address: to, port });
        setImmediate(() => sent(null));
      },
      close() {
        if (bound.get(at) === socket) bound.delete(at);
        socket.removeAllListeners();
      },
    });
  }

  return {
    director({ address, ipvs, host }) {
      /** Where the kernel of this director sends what leaves a probe's port for the VIP; undefined: nowhere. */
      async function machineBehind(port: number, vip: string): Promise<Machine | undefined> {
        const slot = port - probeSourcePort(0);
        if (!host.state().nft.some(({ kind }) => kind === 'probe-marks')) return undefined;
        const service = await ipvs.readService({ kind: 'mark', mark: probeMark(slot), family: 'ipv4' });
        const machine = machines.get(service?.destinations[0]?.address ?? '');
        const takes = machine?.host.state().addresses.some((one) => one.address === vip) === true;
        return takes && machine.isThere ? machine : undefined;
      }
      return {
        openSocket: () =>
          openSocket(address, async (bytes, from, to) => {
            const machine = await machineBehind(from.port, to.address);
            if (machine === undefined || !(await arrives(address, machine.address))) return;
            bound
              .get(`${machine.address} ${to.address} ${to.port}`)
              ?.emit('message', bytes, remote(from, bytes));
          }),
        connect({ host: vip = '', port, localPort = 0 }) {
          const socket = new FakeSocket();
          void machineBehind(localPort, vip).then(async (machine) => {
            if (machine === undefined || !(await handshake(address, machine.address))) return;
            if (socket.isOver) return;
            const isOpen = port === probePort || (port !== closedPort && machine.isServing);
            if (isOpen) socket.emit('connect');
            else socket.emit('error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
          });
          return socket;
        },
      };
    },
    realServer(machine) {
      machines.set(machine.address, machine);
      return {
        openSocket: () =>
          openSocket(machine.address, async (bytes, from, to) => {
            if (!machine.isThere || !(await arrives(machine.address, to.address))) return;
            bound.get(`${to.address} ${to.address} ${to.port}`)?.emit('message', bytes, remote(from, bytes));
          }),
        check: async () =>
          machine.isServing ? { ok: true } : { ok: false, reason: 'connection refused', certain: true },
        handshake: async (_address, port) => port === probePort,
      };
    },
    separate(next) {
      isApart = next;
    },
    lose(share, random) {
      isLost = () => random() < share;
    },
    isServed(from, to) {
      const machine = machines.get(to);
      return machine?.isThere === true && machine.isServing && !isApart(from, to) && !isApart(to, from);
    },
    closeSockets(address) {
      for (const [at, socket] of bound) {
        if (!at.startsWith(`${address} `)) continue;
        bound.delete(at);
        socket.removeAllListeners();
      }
    },
  };
}

interface End {
  readonly address: string;
  readonly port: number;
}
type Deliver = (bytes: Buffer, from: End, to: End) => Promise<void>;

function remote({ address, port }: End, bytes: Buffer): RemoteInfo {
  return { address, port, family: 'IPv4', size: bytes.length };
}
