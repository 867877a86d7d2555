/** The kernel of one host of a scenario: it outlives every agent, writes down all that is done to it, and refuses what a kernel refuses. */
import { CausewayError } from '../../src/domain/error.ts';
import { describeHostOperation, type HostOperation } from '../../src/domain/host-state.ts';
import {
  destinationId,
  type IpvsOperation,
  type ServiceState,
  serviceId,
} from '../../src/domain/ipvs-table.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { FailedOperation, Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import { createFakeHost, createFakeIpvs, type FakeHost, type FakeIpvs } from '../agents/fake-kernel.ts';

export interface Kernel {
  /** What stands there, for tests. */
  readonly table: FakeIpvs;
  readonly state: FakeHost['state'];
  /** What was done to it, one line an operation, in order; what it refused stands there as well. */
  readonly writes: readonly string[];
  /** For an agent; `step` comes before each reading and each operation, and may never end. */
  opened(step: () => Promise<void>): { readonly ipvs: Ipvs; readonly host: Host };
}

/** Sees what is about to be done, with what stands there. */
export interface Witness {
  ipvs(operation: IpvsOperation, present: readonly ServiceState[]): void;
  host(operation: HostOperation): void;
}

export function createKernel(address: string, witness: Witness): Kernel {
  const table = createFakeIpvs();
  const fake = createFakeHost({ link: 'eth0', address, prefixLength: 24 });
  const writes: string[] = [];

  async function write(operation: IpvsOperation): Promise<readonly FailedOperation[]> {
    const present = await table.read();
    const errno = refusal(operation, present);
    witness.ipvs(operation, present);
    const line = describeIpvsOperation(operation);
    writes.push(errno === undefined ? line : `${line}: ${errno}`);
    if (errno === undefined) return table.apply([operation]);
    const message = `the kernel answered ${errno}`;
    return [
      { operation, error: new CausewayError({ code: 'kernel', operation: operation.kind, errno, message }) },
    ];
  }

  return {
    table,
    state: fake.state,
    writes,
    opened: (step) => ({
      ipvs: {
        read: () => step().then(table.read),
        readService: (key) => step().then(() => table.readService(key)),
        async apply(operations) {
          const failed: FailedOperation[] = [];
          for (const operation of operations) {
            await step();
            failed.push(...(await write(operation)));
          }
          return failed;
        },
        close: () => {},
      },
      host: {
        ...fake,
        read: (about) => step().then(() => fake.read(about)),
        async apply(operation: HostOperation) {
          await step();
          writes.push(describeHostOperation(operation));
          witness.host(operation);
          await fake.apply(operation);
        },
      },
    }),
  };
}

/** As ip_vs_ctl.c has it; deleting what is absent is answered likewise, and is no error to Causeway. */
function refusal(operation: IpvsOperation, present: readonly ServiceState[]): string | undefined {
  const key = 'key' in operation ? operation.key : operation.service.key;
  const entry = present.find(({ service }) => serviceId(service.key) === serviceId(key));
  if (operation.kind === 'add-service') return entry === undefined ? undefined : 'EEXIST';
  if (entry === undefined) return operation.kind === 'delete-service' ? undefined : 'ESRCH';
  if (!('destination' in operation)) return undefined;
  const id = destinationId(operation.destination);
  const isThere = entry.destinations.some((one) => destinationId(one) === id);
  if (operation.kind === 'add-destination') return isThere ? 'EEXIST' : undefined;
  return isThere || operation.kind === 'delete-destination' ? undefined : 'ENOENT';
}
