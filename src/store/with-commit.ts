/** A store that commits in another way, and else is the one behind it. */
import type { Store } from './store.ts';

export function withCommit(store: Store, commit: Store['commit']): Store {
  return {
    get location() {
      return store.location;
    },
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    watch: (prefix, options) => store.watch(prefix, options),
    close: () => store.close(),
    commit,
  };
}
