/** Whose word counts of two coordinators that both believe to own a site: a lease has an epoch, and the later lease the higher one. */

/** Why what an owner of this epoch says is not followed, or undefined. 0: it says none, as coordinators without leases do. */
export function staleEpoch(epoch: number, followed: number): string | undefined {
  if (epoch === 0 || epoch >= followed) return undefined;
  return (
    `it is of epoch ${epoch}, and this agent follows epoch ${followed}: another coordinator has become the owner of this site since; ` +
    'where none has, the store is an older one than it was'
  );
}
