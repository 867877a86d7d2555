/** What a collector makes of the rounds of one real server: of which VIPs it hears something, and of which nothing. Pure. */
import { type ReturnPathReport, senderVipsAtMost, vipsARound } from '../domain/return-path.ts';

/** What was heard, and for certain from whom. */
export interface HeardDatagram {
  readonly kind: 'presence' | 'proof';
  readonly round: number;
  readonly vips: readonly string[];
}

interface VipTrack {
  /** Rounds in a row of which the presence was heard, and of this VIP nothing. */
  readonly missed: number;
  readonly verdict: 'heard' | 'silent' | 'unknown';
  /** When a round was last about it, monotonic ms. */
  readonly atMs: number;
}

export interface SenderTrack {
  /** The highest that was heard of. */
  readonly round: number;
  /** VIPs that its presence names, as far as that was heard. */
  readonly named: readonly string[];
  /** VIPs that were heard in it. */
  readonly heard: readonly string[];
  readonly vips: ReadonlyMap<string, VipTrack>;
  /** When anything was last heard, monotonic ms. */
  readonly atMs: number;
}

/** Lost one after the other, while what left at the same time from the host's own address arrived. */
export const missedAtMost = 5;
/** Of a server with very many VIPs each has its turn within this. */
const vipForMs = 10 * 60_000;
/** By the clocks of both hosts: what was recorded longer ago is good for nobody who has forgotten since. */
export const clocksApartMs = 10 * 60_000;

/**
 * The track once this was heard; the same one where it says nothing new: a round that is older than the last, or comes again.
 * A round is judged when the next one begins, for its datagrams may overtake each other.
 */
export function afterDatagram(
  before: SenderTrack | undefined,
  { kind, round, vips }: HeardDatagram,
  nowMs: number,
): SenderTrack {
  if (before !== undefined && round < before.round) return before;
  const track = before?.round === round ? before : begun(before, round, nowMs);
  if (kind === 'presence') {
    // One a family: what names VIPs of one says nothing of the way of the other.
    const named = vips.filter((vip) => !track.named.includes(vip)).slice(0, vipsARound);
    return named.length === 0 ? track : { ...track, named: [...track.named, ...named], atMs: nowMs };
  }
  const news = vips.filter((vip) => !track.heard.includes(vip) && hasRoom(track, vip));
  if (news.length === 0) return track;
  const known = new Map(track.vips);
  for (const vip of news) known.set(vip, { missed: 0, verdict: 'heard', atMs: nowMs });
  return { ...track, heard: [...track.heard, ...news], vips: known, atMs: nowMs };
}

function begun(before: SenderTrack | undefined, round: number, nowMs: number): SenderTrack {
  const vips = new Map<string, VipTrack>();
  for (const [vip, track] of before?.vips ?? []) if (nowMs - track.atMs < vipForMs) vips.set(vip, track);
  for (const vip of before?.named ?? []) {
    if (before?.heard.includes(vip) === true || !hasRoom({ vips }, vip)) continue;
    const { missed = 0, verdict = 'unknown' } = vips.get(vip) ?? {};
    const isSilent = missed + 1 >= missedAtMost;
    vips.set(vip, { missed: missed + 1, verdict: isSilent ? 'silent' : verdict, atMs: nowMs });
  }
  return { round, named: [], heard: [], vips, atMs: nowMs };
}

function hasRoom({ vips }: Pick<SenderTrack, 'vips'>, vip: string): boolean {
  return vips.has(vip) || vips.size < senderVipsAtMost;
}

/** Undefined while nothing is decided. */
export function reportOfTrack(
  realServer: string,
  { vips }: Pick<SenderTrack, 'vips'>,
): ReturnPathReport | undefined {
  const of = (verdict: VipTrack['verdict']): string[] =>
    [...vips]
      .filter(([, track]) => track.verdict === verdict)
      .map(([vip]) => vip)
      .toSorted();
  const [heard, silent] = [of('heard'), of('silent')];
  return heard.length + silent.length === 0 ? undefined : { realServer, heard, silent };
}
