// Reads a namespace's IPVS table the cheapest way there is, /proc/PID/net/ip_vs of any process in it: what decides
// when a fault was noticed must not cost an emulated kernel a process each time.
import { readSync } from 'node:fs';

/** Weight of each destination, by `192.0.2.10:80 → 10.1.11.2:80`. Services known by a firewall mark are probes, left out. */
export type Weights = ReadonlyMap<string, number>;

const chunkBytes = 16_384;
const buffer = Buffer.allocUnsafe(chunkBytes);

/** Of an open /proc/PID/net/ip_vs, from its beginning: it may be read again and again. */
export function readWeights(file: number): Weights {
  let text = '';
  for (;;) {
    const length = readSync(file, buffer, 0, chunkBytes, text.length);
    if (length === 0) return parseWeights(text);
    text += buffer.toString('latin1', 0, length);
  }
}

/** Of IPv4 services; the format is fixed: hexadecimal addresses (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show). */
export function parseWeights(text: string): Weights {
  const weights = new Map<string, number>();
  let service: string | undefined;
  for (const line of text.split('\n')) {
    const head = /^(TCP|UDP|SCTP|FWM) +(\S+)/.exec(line);
    if (head !== null) {
      service = head[1] === 'FWM' ? undefined : hexEndpoint(head[2] ?? '');
      continue;
    }
    const destination = /^ +-> +(\S+) +\S+ +(-?\d+)/.exec(line);
    const address = hexEndpoint(destination?.[1] ?? '');
    if (service !== undefined && address !== undefined) {
      weights.set(`${service} → ${address}`, Number(destination?.[2]));
    }
  }
  return weights;
}

function hexEndpoint(text: string): string | undefined {
  const match = /^([0-9A-F]{8}):([0-9A-F]{4})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const bytes = match[1].match(/../g) ?? [];
  return `${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}:${Number.parseInt(match[2], 16)}`;
}

/** The keys of destinations on the given hosts that take new connections. */
export function carrying(weights: Weights, addresses: readonly string[]): string[] {
  const wanted = addresses.map((address) => ` → ${address}:`);
  return [...weights].flatMap(([key, weight]) =>
    weight > 0 && wanted.some((ending) => key.includes(ending)) ? [key] : [],
  );
}

/** The table as text that can be compared: which destinations, with which weights. */
export function weightsText(weights: Weights): string {
  return [...weights]
    .map(([key, weight]) => `${key} ${weight}`)
    .toSorted()
    .join('\n');
}
