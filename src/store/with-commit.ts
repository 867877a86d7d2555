/** A store that commits in another way, and else is the one behind it. */
import type { Store } from './store.ts';

export function withCommit(store: Store, commit: Store['commit']): Store {
  return { ...store, commit };
}
