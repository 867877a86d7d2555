/** Of which sites nobody speaks: whoever plans for them would plan by what others see from outside, and move what runs there well. Pure. */
import type { World } from '../../domain/world.ts';
import type { AgentWord } from './agent-word.ts';

/** Sites that have directors, none of whom is among those whose word counts. */
export function silentSites(
  { directors }: Pick<World, 'directors'>,
  words: readonly Pick<AgentWord, 'name'>[],
): ReadonlySet<string> {
  const heard = new Set(words.map(({ name }) => name));
  const silent = new Set(directors.map(({ site }) => site));
  for (const { name, site } of directors) if (heard.has(name)) silent.delete(site);
  return silent;
}
