/** What operators plainly asked for: it travels in the snapshot, so that no agent takes its effect for a mistake. */

/**
 * `service`: it was changed, in whatever way, or what it loses was insisted on; `realServer`: deleted, relabelled or moved; `director`: deleted
 * or moved; `site`: what stands in it was insisted on.
 */
export const askedSubjects = ['service', 'realServer', 'director', 'site'] as const;

export interface Asked {
  readonly subject: (typeof askedSubjects)[number];
  readonly name: string;
  /** The store's revision at which it was asked for. */
  readonly revision: number;
}

/** Those of one kind. */
export function namesOf(asked: readonly Asked[], subject: Asked['subject']): ReadonlySet<string> {
  return new Set(asked.filter((one) => one.subject === subject).map(({ name }) => name));
}
