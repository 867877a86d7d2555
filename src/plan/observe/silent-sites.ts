/**
 * Of which sites nobody speaks: whoever plans for them would plan by what others see from outside, and move what runs there well. Nobody
 * there could be told either. Pure.
 */
import { tickMs } from '../../domain/tick.ts';
import type { World } from '../../domain/world.ts';
import { currentForMs } from '../health.ts';
import type { AgentWord, AgentWords } from './agent-word.ts';

/** Shorter than a word counts: before a site's own word is none, what others say of it is not listened to any more. */
const spokenForMs = currentForMs - tickMs;

/**
 * Sites that have directors, of whom none is connected and has said something of late. One that has just come may be about to, and ends
 * no silence before it has: until then what others see from outside is all that is known. `before`: those that were silent.
 */
export function silentSites(
  { directors }: Pick<World, 'directors'>,
  agents: Pick<AgentWords, 'find'>,
  nowMs: number,
  before: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const silent = new Set(directors.map(({ site }) => site));
  for (const { name, site } of directors)
    if (silent.has(site) && speaks(agents.find('director', name), nowMs, before.has(site)))
      silent.delete(site);
  return silent;
}

function speaks(
  word: Pick<AgentWord, 'isConnected' | 'reportedAtMs'> | undefined,
  nowMs: number,
  wasSilent: boolean,
): boolean {
  if (word?.isConnected !== true) return false;
  if (!Number.isFinite(word.reportedAtMs)) return !wasSilent;
  return nowMs - word.reportedAtMs <= spokenForMs;
}
