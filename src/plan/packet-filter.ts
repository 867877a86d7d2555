/** Where a packet is certainly dropped, by rules of which not everything is known. Pure. */
import { sameNetwork } from '../domain/address.ts';
import type {
  ExpectedPacket,
  FilterChain,
  FilterMatch,
  FilterRule,
  FilterValue,
  FilterVerdict,
} from '../domain/packet-filter.ts';

export interface DroppedAt {
  readonly chain: FilterChain;
  /** No rule says so: whatever none accepts is dropped. */
  readonly byPolicy: boolean;
}

/** `continue`: nothing was decided. `unsure`: something of which not enough is known may have let it through. */
type Outcome = 'accept' | 'drop' | 'continue' | 'unsure';

/** nft has a limit of its own (NFT_JUMP_STACK_SIZE), and refuses loops. */
const deepestJump = 16;

/** Undefined: it comes in, or nobody can tell. A chain that accepts decides for itself alone: the next one is asked as well. */
export function whereDropped(chains: readonly FilterChain[], packet: ExpectedPacket): DroppedAt | undefined {
  const own = chains.filter(
    ({ family }) => family === 'inet' || (family === 'ip') === (packet.family === 'ipv4'),
  );
  const bases = own.filter(({ hook }) => hook !== undefined && hook.point === packet.point);
  const byPriority = bases.toSorted((a, b) => (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0));
  for (const chain of byPriority) {
    const outcome = outcomeOf(chain, own, packet, 0);
    if (outcome === 'drop') return { chain, byPolicy: false };
    if (outcome === 'continue' && chain.hook?.policy === 'drop') return { chain, byPolicy: true };
  }
  return undefined;
}

function outcomeOf(
  chain: FilterChain,
  all: readonly FilterChain[],
  packet: ExpectedPacket,
  depth: number,
): Outcome {
  for (const rule of chain.rules) {
    const matches = ruleMatches(rule, packet);
    if (matches === false) continue;
    const { verdict } = rule;
    const outcome = verdictOutcome(verdict, chain, all, packet, depth);
    if (matches === undefined) {
      // It may have been dropped here; certain it is only where it is dropped further on as well.
      if (outcome === 'drop' || outcome === 'continue') continue;
      return 'unsure';
    }
    if (verdict.kind === 'return') return 'continue';
    if (verdict.kind === 'goto' || outcome !== 'continue') return outcome;
  }
  return 'continue';
}

function verdictOutcome(
  verdict: FilterVerdict,
  chain: FilterChain,
  all: readonly FilterChain[],
  packet: ExpectedPacket,
  depth: number,
): Outcome {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
      return verdict.kind;
    case 'return':
      // Taken for certain it ends the chain; where it may be taken, the rest may not be asked.
      return 'unsure';
    case 'jump':
    case 'goto': {
      const { family, table, legacy } = chain;
      const own = all.filter((one) => one.family === family && one.table === table && one.legacy === legacy);
      const next = own.find((one) => one.name === verdict.chain);
      return next === undefined || depth >= deepestJump ? 'unsure' : outcomeOf(next, all, packet, depth + 1);
    }
  }
}

/** Undefined: perhaps. */
function ruleMatches({ matches, isPartlyKnown }: FilterRule, packet: ExpectedPacket): boolean | undefined {
  let outcome: boolean | undefined = isPartlyKnown ? undefined : true;
  for (const match of matches) {
    const fits = matchFits(match, packet);
    if (fits === false) return false;
    if (fits === undefined) outcome = undefined;
  }
  return outcome;
}

function matchFits({ field, values, isNegated }: FilterMatch, packet: ExpectedPacket): boolean | undefined {
  const found = fieldOf(field, packet);
  if (found === undefined) {
    // A packet without ports has none; one that comes in by any card does not come from this very host.
    if (field === 'destinationPort') return packet.state === 'established' ? undefined : false;
    const isLoopback =
      (field === 'incoming' || field === 'outgoing') &&
      values.every((one) => one.kind === 'is' && one.text === 'lo');
    return isLoopback ? isNegated : undefined;
  }
  const fits = values.some((value) => valueFits(value, String(found)));
  return fits !== isNegated;
}

const tcp = 6;

function fieldOf(field: FilterMatch['field'], packet: ExpectedPacket): string | number | undefined {
  switch (field) {
    case 'state':
      return packet.state ?? 'new';
    case 'syn':
      return packet.protocol === tcp ? (packet.syn ?? 'yes') : 'no';
    case 'outgoing':
      return undefined;
    default:
      return packet[field];
  }
}

function valueFits(value: FilterValue, found: string): boolean {
  switch (value.kind) {
    case 'is':
      return value.text.endsWith('*') ? found.startsWith(value.text.slice(0, -1)) : value.text === found;
    case 'range':
      return Number(found) >= value.from && Number(found) <= value.to;
    case 'prefix':
      return sameNetwork(found, value.address, value.length);
  }
}
