/** What keeps a coordinator from its work, in sentences that say what to do. */
import type { Logger } from '../runtime/log.ts';
import type { StoreView } from './view/store-view.ts';
import { worldOf } from './view/world-of-store.ts';

export interface TroubleSources {
  readonly view: Pick<StoreView, 'setAside' | 'trouble'>;
  /** Why the store can't be written; undefined: it can. */
  readonly store: string | undefined;
  /** What is wrong with the coordinator's certificates. */
  readonly certificates: readonly string[];
  /** As the audit says it. */
  readonly audit: string | undefined;
  /** Why the time is not that of the host's clock; undefined: it is. */
  readonly clock: string | undefined;
  /** Plaintext where others can reach it. */
  readonly insecure: boolean;
}

/** Of many records alike the first are enough to know what has happened; the log has them all. */
const namedAtMost = 10;

/** Also said at each start. */
export const insecureWords =
  'it speaks plaintext and asks nobody who he is (insecure: true): whoever reaches its port may do everything; causeway pki makes certificates';

export function coordinatorTroubles({
  view,
  store,
  certificates,
  audit,
  clock,
  insecure,
}: TroubleSources): string[] {
  const setAside = view.setAside();
  const more = setAside.length - namedAtMost;
  const following = view.trouble();
  return [
    ...(following === undefined ? [] : [`what others write is not seen: ${following}`]),
    ...(store === undefined
      ? []
      : [
          `the store cannot be written: ${store}; agents are served and weights planned as before, but nothing new is taken`,
        ]),
    ...certificates.map((one) => `its certificates: ${one}`),
    ...(audit === undefined ? [] : [audit]),
    ...(clock === undefined ? [] : [clock]),
    ...(insecure ? [insecureWords] : []),
    ...setAside
      .slice(0, namedAtMost)
      .map(({ key, reason }) => `record ${key} is set aside, as if it were not there: ${reason}`),
    ...(more > 0 ? [`${more} more records are set aside`] : []),
  ];
}

/** Names each member that takes no part, in the log, once for as long as it takes none. */
export function tellLeftOut({ log, view }: { readonly log: Logger; readonly view: StoreView }): () => void {
  let told: ReadonlySet<string> = new Set();
  return () => {
    const now = new Set<string>();
    for (const { member, reason } of worldOf(view).leftOut ?? []) {
      const { role, name } = member;
      const line = `${role} ${name}: ${reason}`;
      now.add(line);
      if (!told.has(line)) log.error({ role, agent: name, reason }, 'takes no part');
    }
    told = now;
  };
}
