// A host that is a set of names: what was applied is there, and any operation can be made to fail or to be the last one.
import { CausewayError } from '../../src/domain/error.ts';
import {
  describeHostOperation,
  type HostOperation,
  type InterfaceAddress,
} from '../../src/domain/host-state.ts';
import type { Host } from '../../src/kernel/host.ts';
import { objectKey } from '../../src/kernel/ledger-entries.ts';

export interface FakeHost extends Host {
  /** Objects that exist, in the order of making; sysctls are in `sysctls`. */
  readonly objects: Set<string>;
  readonly sysctls: Map<string, string>;
  /** Everything applied, as text. */
  readonly log: string[];
}

export interface FakeHostOptions {
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Of its devices. */
  readonly addresses?: readonly InterfaceAddress[];
  /** Code of the error with which an operation fails; undefined lets it pass. */
  readonly fails?: (operation: HostOperation) => CausewayError['code'] | undefined;
}

export function createFakeHost(options: FakeHostOptions = {}): FakeHost {
  const objects = new Set<string>();
  const sysctls = new Map(Object.entries(options.sysctls ?? {}));
  const log: string[] = [];
  const unused = () => {
    throw new Error('not part of this test');
  };
  return {
    objects,
    sysctls,
    log,
    read: unused,
    linkIndex: unused,
    interfaceAddresses: async () => [...(options.addresses ?? [])],
    survey: unused,
    marked: unused,
    nftGeneration: unused,
    takesGue: unused,
    nftTables: unused,
    close() {},
    sysctl: async (name) => sysctls.get(name),
    async apply(operation) {
      const text = describeHostOperation(operation);
      log.push(text);
      const code = options.fails?.(operation);
      if (code !== undefined) throw new CausewayError({ code, operation: text, message: 'as told' });
      if (operation.kind === 'set-sysctl') sysctls.set(operation.sysctl.name, operation.sysctl.value);
      else if (operation.kind.startsWith('delete-')) objects.delete(objectKey(operation));
      else if (operation.kind !== 'set-link-up') objects.add(objectKey(operation));
    },
  };
}
