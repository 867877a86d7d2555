/**
 * The TCP port by which directors tell a host from a middlebox that completes every handshake: it must be closed. Whoever listens
 * there makes this host look like one.
 */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { closedPort } from '../../src/domain/probe.ts';
import type { Handshake } from './local-handshake.ts';

export interface ClosedPortOptions {
  readonly clock: Clock;
  readonly handshake: Handshake;
}

export interface ClosedPort {
  /** Looks at exactly these addresses from now on, now and then. */
  watch(addresses: readonly string[]): void;
  /** Addresses where somebody listened when last looked at. */
  open(): string[];
  close(): void;
}

const firstLookMs = 2_000;
const intervalMs = 60_000;

export function createClosedPort({ clock, handshake }: ClosedPortOptions): ClosedPort {
  let addresses: readonly string[] = [];
  let open: readonly string[] = [];
  let timer: Timer | undefined;
  let closed = false;

  async function look(): Promise<void> {
    const looked = addresses;
    const found: string[] = [];
    // One after the other: nobody is in a hurry.
    for (const address of looked) {
      if (await handshake(address, closedPort)) found.push(address);
    }
    if (looked !== addresses) return;
    open = found;
    again(intervalMs);
  }

  function again(delayMs: number): void {
    timer?.cancel();
    if (!closed) timer = clock.after(delayMs, () => void look());
  }

  return {
    watch(next) {
      addresses = next;
      again(firstLookMs);
    },
    open: () => open.filter((address) => addresses.includes(address)),
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
