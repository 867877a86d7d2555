/** The IPVS table as something to reconcile: how it is read, what is compared, how it is changed. */
import { CausewayError } from '../../src/domain/error.ts';
import {
  type IpvsOperation,
  type IpvsTable,
  type ServiceState,
  serviceId,
  type VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { ownsService } from '../../src/plan/director-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';

export interface IpvsTargetOptions {
  readonly ipvs: Ipvs;
  /** Undefined while nothing is known. */
  readonly wanted: (actual: readonly ServiceState[]) => IpvsTable | undefined;
  readonly ownedVips: () => readonly string[];
  /**
   * A snapshot is on trial: where an addition fails, nothing is removed, so that going back finds what was there. At other times
   * a failure must not keep dead destinations alive.
   */
  readonly careful: () => boolean;
}

export interface IpvsTarget {
  read(): Promise<readonly ServiceState[]>;
  desired(actual: readonly ServiceState[]): IpvsTable | undefined;
  diff(desired: IpvsTable, actual: readonly ServiceState[]): readonly IpvsOperation[];
  /** Throws the first failure; the other operations were applied all the same. */
  apply(operations: readonly IpvsOperation[]): Promise<void>;
  /**
   * The next run, and one that is reading now, starts from the last reading: a decision reaches the kernel without waiting
   * for a dump. What it wrote is read back as ever, so a reading that was out of date costs one more run.
   */
  hurry(): void;
  /** As last read; empty before. */
  latest(): readonly ServiceState[];
}

/** Beyond that a dump of the whole is quicker. */
const readBackLimit = 4;

export function ipvsTarget(options: IpvsTargetOptions): IpvsTarget {
  const { ipvs } = options;
  /** Good to start a run from; not after we have written. */
  let fresh: readonly ServiceState[] | undefined;
  let latest: readonly ServiceState[] = [];
  let hurried = false;
  /** Told by `hurry` while a reading is under way. */
  let interrupt = (): void => {};
  /** The services that the last run wrote to, by id, until they are read back. */
  let written: Map<string, VirtualServiceKey> | undefined;

  /** What was written concerns few services: reading those shows whether it took, and keeps the next decision waiting less. */
  async function readBack(keys: readonly VirtualServiceKey[]): Promise<readonly ServiceState[]> {
    const table = new Map(latest.map((entry) => [serviceId(entry.service.key), entry]));
    for (const key of keys) {
      const entry = await ipvs.readService(key);
      if (entry === undefined) table.delete(serviceId(key));
      else table.set(serviceId(key), entry);
    }
    return [...table.values()];
  }

  /** A decision that comes during a dump does not wait for its end: the reading before it will do. */
  async function readUnlessHurried(
    before: readonly ServiceState[] | undefined,
  ): Promise<readonly ServiceState[]> {
    const reading = ipvs.read();
    if (before === undefined) return await reading;
    const hurry = new Promise<undefined>((resolve) => {
      interrupt = () => resolve(undefined);
    });
    const read = await Promise.race([reading, hurry]);
    if (read !== undefined) return read;
    // Nobody waits for it now; what is wrong with it the next reading will tell.
    reading.catch(() => {});
    hurried = false;
    return before;
  }

  return {
    async read() {
      const before = fresh;
      const wrote = written;
      const inAHurry = hurried;
      fresh = undefined;
      written = undefined;
      hurried = false;
      if (before !== undefined && inAHurry) fresh = before;
      else if (wrote !== undefined && wrote.size <= readBackLimit)
        fresh = await readBack([...wrote.values()]);
      else fresh = await readUnlessHurried(before);
      latest = fresh;
      return latest;
    },
    desired: options.wanted,
    diff(desired, actual) {
      const owned = new Set(options.ownedVips());
      return diffIpvs(desired, actual, (key) => ownsService(key, owned));
    },
    async apply(operations) {
      fresh = undefined;
      written = new Map(operations.map(keyOf).map((key) => [serviceId(key), key]));
      const removes = ({ kind }: IpvsOperation) => options.careful() && kind.startsWith('delete-');
      const parts = [operations.filter((operation) => !removes(operation)), operations.filter(removes)];
      for (const part of parts) {
        const [first, ...others] = part.length === 0 ? [] : await ipvs.apply(part);
        if (first !== undefined)
          throw others.length === 0 ? first.error : several(first.error, others.length);
      }
    },
    hurry() {
      hurried = true;
      interrupt();
    },
    latest: () => latest,
  };
}

function keyOf(operation: IpvsOperation): VirtualServiceKey {
  return 'service' in operation ? operation.service.key : operation.key;
}

/** Services on these VIPs that the ledger does not know: they are somebody else's, and Causeway adopts nobody's. */
export function foreignServices(
  actual: IpvsTable,
  vips: readonly string[],
  ownedVips: readonly string[],
): VirtualServiceKey[] {
  const claimed = new Set(vips.filter((vip) => !ownedVips.includes(vip)));
  return actual.flatMap(({ service: { key } }) =>
    key.kind === 'address' && claimed.has(key.address) ? [key] : [],
  );
}

function several(first: CausewayError, others: number): CausewayError {
  const { code, message, errno } = first;
  return new CausewayError({
    code,
    operation: 'reconcile ipvs',
    message: `${message} (and ${others} more)`,
    cause: first,
    ...(errno === undefined ? {} : { errno }),
  });
}
