/** The IPVS table as something to reconcile: how it is read, what is compared, how it is changed. */
import { type Drift, ipvsDrift } from '../../src/domain/drift.ts';
import { CausewayError } from '../../src/domain/error.ts';
import {
  type IpvsOperation,
  type IpvsTable,
  type ServiceState,
  serviceId,
  type VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { atOnce, type Steps } from '../../src/domain/steps.ts';
import type { LookWindow } from '../../src/kernel/host-target.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { ownsService } from '../../src/plan/director-table.ts';
import { ipvsPhaseSteps } from '../../src/plan/ipvs-diff.ts';
import { breathing } from '../../src/runtime/breathing.ts';

export interface IpvsTargetOptions {
  readonly ipvs: Ipvs;
  /** Undefined while nothing is known. With `part`, ids of virtual services, it is about those alone, and so is `actual`. */
  readonly wanted: (
    actual: readonly ServiceState[],
    part: ReadonlySet<string> | undefined,
  ) => Steps<IpvsTable | undefined>;
  readonly ownedVips: () => readonly string[];
  /**
   * A snapshot is on trial: where an addition fails, nothing is removed, so that going back finds what was there. At other times
   * a failure must not keep dead destinations alive.
   */
  readonly careful: () => boolean;
  readonly monotonicMs: () => number;
  /** Of the operations that are due now: what others have changed between the two looks. */
  readonly onDrift: (drifts: readonly Drift<IpvsOperation>[], window: LookWindow) => void;
}

export interface IpvsTarget {
  read(): Promise<readonly ServiceState[]>;
  /** Others have their turns meanwhile; where it is about a part, nobody is in its way. */
  desired(actual: readonly ServiceState[]): Promise<IpvsTable | undefined>;
  diff(desired: IpvsTable, actual: readonly ServiceState[]): Promise<readonly IpvsOperation[]>;
  /** Throws the first failure; the other operations were applied all the same. */
  apply(operations: readonly IpvsOperation[]): Promise<void>;
  /**
   * The next run, and one that is reading now, starts from the last reading: a decision reaches the kernel without waiting
   * for a dump. What it wrote is read back as ever, so a reading that was out of date costs one more run. `touched`: ids of the
   * virtual services that it is about; the run then looks at no other. Without it, and after `whole`, it looks at all.
   */
  hurry(touched?: Iterable<string>): void;
  /** The next run looks at everything, whoever hurries. */
  whole(): void;
  /** Runs that looked at a part since the last that looked at everything. */
  parts(): number;
  /** As last read; empty before. */
  latest(): readonly ServiceState[];
}

/** Beyond that a dump of the whole is quicker. */
const readBackLimit = 4;

export function ipvsTarget(options: IpvsTargetOptions): IpvsTarget {
  const { ipvs } = options;
  /** By id, in the kernel's order. */
  let table: ReadonlyMap<string, ServiceState> = new Map();
  /** The table is good to start a run from: it has been read since we wrote. */
  let isFresh = false;
  let hurried = false;
  /** What the next run is about, where it is in a hurry; none: everything, as nobody asked for less. */
  let touched: Set<string> | 'all' = new Set();
  /** What this run is about; undefined: everything. */
  let part: ReadonlySet<string> | undefined;
  let partsSinceWhole = 0;
  /** Told by `hurry` while a reading is under way. */
  let interrupt = (): void => {};
  /** The services that this run wrote to, by id, until they are read back. */
  let written: Map<string, VirtualServiceKey> | undefined;
  let isVerifying = false;
  /** The table as it was known before this run read all of it anew; undefined: we wrote since, or nothing was read. */
  let before: ReadonlyMap<string, ServiceState> | undefined;
  let readMs: LookWindow = { afterMs: 0, seenMs: 0 };
  let lastBeganMs = options.monotonicMs();

  function keep(entries: readonly ServiceState[], beganMs: number): void {
    readMs = { afterMs: lastBeganMs, seenMs: options.monotonicMs() };
    lastBeganMs = beganMs;
    table = new Map(entries.map((entry) => [serviceId(entry.service.key), entry]));
  }

  /** What was written concerns few services: reading those shows whether it took, and keeps the next decision waiting less. */
  async function readBack(keys: Iterable<[string, VirtualServiceKey]>): Promise<void> {
    const next = new Map(table);
    for (const [id, key] of keys) {
      const entry = await ipvs.readService(key);
      if (entry === undefined) next.delete(id);
      else next.set(id, entry);
    }
    table = next;
  }

  /** False where a decision came during the dump: it does not wait for its end, as the reading before will do. */
  async function readUnlessHurried(mayInterrupt: boolean): Promise<boolean> {
    const beganMs = options.monotonicMs();
    const reading = ipvs.read();
    if (!mayInterrupt) {
      keep(await reading, beganMs);
      return true;
    }
    const hurry = new Promise<undefined>((resolve) => {
      interrupt = () => resolve(undefined);
    });
    const read = await Promise.race([reading, hurry]);
    if (read !== undefined) {
      keep(read, beganMs);
      return true;
    }
    // Nobody waits for it now; what is wrong with it the next reading will tell.
    reading.catch(() => {});
    hurried = false;
    return false;
  }

  function takeTouched(): Set<string> | 'all' {
    const taken = touched;
    touched = new Set();
    return taken;
  }

  /** What a run starts from, and what it is about. */
  async function begin(): Promise<void> {
    const wrote = written;
    const mayStart = isFresh;
    const known = table;
    before = undefined;
    let asked = takeTouched();
    isFresh = false;
    written = undefined;
    part = undefined;
    if (mayStart && hurried) hurried = false;
    else if (wrote !== undefined && wrote.size <= readBackLimit) {
      await readBack(wrote);
      asked = 'all';
    } else if (await readUnlessHurried(mayStart)) {
      asked = 'all';
      if (mayStart) before = known;
    } else {
      // It was but a look: the decision that came has this run for itself.
      const taken = takeTouched();
      asked = asked === 'all' ? asked : taken;
    }
    if (asked !== 'all' && asked.size > 0) part = asked;
    partsSinceWhole = part === undefined ? 0 : partsSinceWhole + 1;
  }

  async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
    return part === undefined ? await breathing(steps, { operation: 'reconcile' }) : atOnce(steps);
  }

  function inPart(): readonly ServiceState[] {
    if (part === undefined) return [...table.values()];
    return [...part].flatMap((id) => table.get(id) ?? []);
  }

  return {
    async read() {
      if (isVerifying) {
        isVerifying = false;
        const wrote = written ?? new Map();
        written = undefined;
        before = undefined;
        if (wrote.size <= readBackLimit) await readBack(wrote);
        else await readUnlessHurried(false);
      } else await begin();
      isFresh = true;
      return inPart();
    },
    desired: async (actual) => await inTurns(options.wanted(actual, part)),
    async diff(desired, actual) {
      const owned = new Set(options.ownedVips());
      const phases = await inTurns(ipvsPhaseSteps(desired, actual, (key) => ownsService(key, owned)));
      const operations = phases.flat();
      if (before !== undefined && operations.length > 0) {
        const drifts = ipvsDrift(operations, before, table);
        if (drifts.length > 0) options.onDrift(drifts, readMs);
      }
      return operations;
    },
    async apply(operations) {
      isFresh = false;
      // Operations on one service share its key.
      const keys = new Set(operations.map(keyOf));
      written = new Map([...keys].map((key) => [serviceId(key), key]));
      const removes = ({ kind }: IpvsOperation) => options.careful() && kind.startsWith('delete-');
      const parts = [operations.filter((operation) => !removes(operation)), operations.filter(removes)];
      for (const part of parts) {
        const [first, ...others] = part.length === 0 ? [] : await ipvs.apply(part);
        if (first !== undefined)
          throw others.length === 0 ? first.error : several(first.error, others.length);
      }
      isVerifying = true;
    },
    hurry(ids) {
      hurried = true;
      if (ids === undefined) touched = 'all';
      else if (touched !== 'all') for (const id of ids) touched.add(id);
      interrupt();
    },
    whole() {
      touched = 'all';
    },
    parts: () => partsSinceWhole,
    latest: () => [...table.values()],
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
