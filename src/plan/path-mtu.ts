/**
 * Which size of packet is asked for next on the way to a real server, and what the answers come to: a search among the sizes that
 * links and tunnels really have. Sizes are those of the outer packet, bytes. Pure.
 */

/** What links, and tunnels of providers on them, are known to carry; least first. The first only tells whether anybody answers. */
const usualSizes: readonly number[] = [
  576, 1_280, 1_320, 1_360, 1_380, 1_400, 1_410, 1_420, 1_430, 1_440, 1_450, 1_454, 1_460, 1_464, 1_468,
  1_472, 1_476, 1_480, 1_484, 1_488, 1_492, 1_500, 1_600, 2_000, 4_000, 8_500, 8_900, 9_000,
];
/** No link of ours carries more. */
const largestBytes = 9_000;

export const mtuTiming = {
  /** A question of a size is unanswered after so long; three such are an answer. Where the link's queue is long the way is not worse for it. */
  answerMs: 1_000,
  tries: 3,
  /** From the end of one search to the next. */
  againMs: 600_000,
  /** After one that found another size than before. */
  soonMs: 60_000,
  /** After one that could not be ended, as nothing was answered any more. */
  retryMs: 10_000,
} as const;

interface Asked {
  readonly bytes: number;
  /** How often it has been asked for in vain. */
  readonly unanswered: number;
  /** Undefined: it is to be sent now. */
  readonly sentMs: number | undefined;
}

export interface MtuSearch {
  /** By the last search that came to an end; undefined: nothing is known. */
  readonly foundBytes: number | undefined;
  /** Absent: none is under way. */
  readonly open?: {
    readonly limitBytes: number;
    /** So much gets through; 0: nothing is known to. */
    readonly passes: number;
    /** So much does not. */
    readonly fails: number;
    readonly asked: Asked;
  };
  /** When the next one begins, monotonic ms. */
  readonly dueMs: number;
}

export type MtuEvent =
  /** `limitBytes`: of this host's own link there. */
  | { readonly kind: 'begin'; readonly limitBytes: number }
  | { readonly kind: 'sent'; readonly atMs: number }
  | { readonly kind: 'answered'; readonly bytes: number; readonly atMs: number }
  /** `alive`: whoever was asked does answer, but not this. */
  | { readonly kind: 'tick'; readonly atMs: number; readonly alive: boolean }
  /** The way may be another one. */
  | { readonly kind: 'changed'; readonly atMs: number };

export function newMtuSearch(dueMs: number): MtuSearch {
  return { foundBytes: undefined, dueMs };
}

export function nextMtuSearch(search: MtuSearch, event: MtuEvent): MtuSearch {
  const { open, foundBytes } = search;
  switch (event.kind) {
    case 'begin':
      return begun(search, Math.min(event.limitBytes, largestBytes));
    case 'changed':
      return { foundBytes, dueMs: event.atMs };
    case 'sent':
      if (open === undefined) return search;
      return { ...search, open: { ...open, asked: { ...open.asked, sentMs: event.atMs } } };
    case 'answered':
      // An answer that came late tells as much.
      if (open === undefined || event.bytes <= open.passes || event.bytes >= open.fails) return search;
      return goOn(search, { ...open, passes: event.bytes }, event.atMs);
    case 'tick':
      return open === undefined ? search : afterSilence(search, open, event);
  }
}

function afterSilence(
  search: MtuSearch,
  open: NonNullable<MtuSearch['open']>,
  { atMs, alive }: Extract<MtuEvent, { kind: 'tick' }>,
): MtuSearch {
  const { asked } = open;
  if (asked.sentMs === undefined || atMs - asked.sentMs < mtuTiming.answerMs) return search;
  // Silence about everything says nothing of a size.
  if (!alive) return { foundBytes: search.foundBytes, dueMs: atMs + mtuTiming.retryMs };
  const unanswered = asked.unanswered + 1;
  if (unanswered < mtuTiming.tries)
    return { ...search, open: { ...open, asked: { ...asked, unanswered, sentMs: undefined } } };
  // Where the least is not answered nothing is left to ask.
  return goOn(search, { ...open, fails: asked.bytes }, atMs);
}

function begun(search: MtuSearch, limitBytes: number): MtuSearch {
  return goOn(search, { limitBytes, passes: 0, fails: limitBytes + 1 }, search.dueMs);
}

type Known = Pick<NonNullable<MtuSearch['open']>, 'limitBytes' | 'passes' | 'fails'>;

/** With the next size to ask for, or its end. */
function goOn(search: MtuSearch, known: Known, atMs: number): MtuSearch {
  const { foundBytes } = search;
  const bytes = nextSize(known, foundBytes);
  if (bytes !== undefined)
    return { ...search, open: { ...known, asked: { bytes, unanswered: 0, sentMs: undefined } } };
  const found = known.passes === 0 ? undefined : known.passes;
  const isNews = found !== foundBytes;
  return { foundBytes: found, dueMs: atMs + (isNews ? mtuTiming.soonMs : mtuTiming.againMs) };
}

/** First the least, which tells whether anybody answers; then what was found before, else what the link carries; then halves. */
function nextSize({ limitBytes, passes, fails }: Known, before: number | undefined): number | undefined {
  const sizes = [...usualSizes.filter((size) => size < limitBytes), limitBytes];
  const left = sizes.filter((size) => size > passes && size < fails);
  const [least] = left;
  if (passes === 0) return least;
  if (before !== undefined && left.includes(before)) return before;
  if (before === passes) return least;
  if (before === undefined && fails > limitBytes) return left.at(-1);
  return left[Math.floor(left.length / 2)];
}
