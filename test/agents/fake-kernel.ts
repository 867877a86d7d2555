/**
 * A kernel of tables in memory, for stories about decisions: what is refused, kept, gone back on. What the real one does is
 * tested under test/kernel.
 */
import { CausewayError } from '../../src/domain/error.ts';
import {
  emptyHostState,
  type HostOperation,
  type HostState,
  type Route,
} from '../../src/domain/host-state.ts';
import type { HostSurvey, SurveyQuestion } from '../../src/domain/host-survey.ts';
import {
  destinationId,
  type IpvsOperation,
  type ServiceState,
  serviceId,
} from '../../src/domain/ipvs-table.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { addressKey, guePortKey, routeKey, ruleKey } from '../../src/kernel/ledger-entries.ts';

const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters };

export interface FakeIpvs extends Ipvs {
  /** `tcp 192.0.2.10:80: 10.1.0.11:80 100, …`, one line a service. */
  lines(): string[];
  /** Writes past Causeway. */
  tamper(operation: IpvsOperation): void;
  /** So many connections have come to this service by now. */
  count(id: string, connections: number): void;
  /** The destination has so many connections now. */
  connect(id: string, destination: string, active: number, inactive: number): void;
  /** From now on such operations fail. */
  refuse(kind: IpvsOperation['kind'] | undefined): void;
  readonly reads: number;
  readonly writes: number;
}

export function createFakeIpvs(): FakeIpvs {
  const services = new Map<string, ServiceState>();
  let refused: IpvsOperation['kind'] | undefined;
  let reads = 0;
  let writes = 0;

  function write(operation: IpvsOperation): void {
    if (operation.kind === 'add-service' || operation.kind === 'edit-service') {
      const id = serviceId(operation.service.key);
      const destinations = services.get(id)?.destinations ?? [];
      services.set(id, { service: operation.service, counters, destinations });
      return;
    }
    const id = serviceId(operation.key);
    const entry = services.get(id);
    if (operation.kind === 'delete-service') services.delete(id);
    else if (entry !== undefined) {
      const wanted = destinationId(operation.destination);
      const others = entry.destinations.filter((destination) => destinationId(destination) !== wanted);
      const was = entry.destinations.find((destination) => destinationId(destination) === wanted);
      const state = { ...idle, ...was, ...operation.destination };
      const destinations = operation.kind === 'delete-destination' ? others : [...others, state];
      services.set(id, { ...entry, destinations });
    }
  }

  return {
    read: async () => {
      reads += 1;
      return structuredClone([...services.values()]);
    },
    readService: async (key) => structuredClone(services.get(serviceId(key))),
    async apply(operations) {
      writes += operations.length;
      return operations.flatMap((operation) => {
        if (operation.kind !== refused) {
          write(operation);
          return [];
        }
        const message = 'the kernel answered EINVAL';
        const error = new CausewayError({
          code: 'kernel',
          operation: operation.kind,
          errno: 'EINVAL',
          message,
        });
        return [{ operation, error }];
      });
    },
    close: () => {},
    lines: () =>
      [...services.values()].map(({ service, destinations }) => {
        const list = destinations
          .map((destination) => `${destinationId(destination)} ${destination.weight}`)
          .toSorted();
        return `${serviceId(service.key)}: ${list.join(', ')}`;
      }),
    tamper: write,
    count(id, connections) {
      const entry = services.get(id);
      if (entry !== undefined) services.set(id, { ...entry, counters: { ...entry.counters, connections } });
    },
    connect(id, destination, activeConnections, inactiveConnections) {
      const entry = services.get(id);
      if (entry === undefined) return;
      const destinations = entry.destinations.map((one) =>
        destinationId(one) === destination ? { ...one, activeConnections, inactiveConnections } : one,
      );
      services.set(id, { ...entry, destinations });
    },
    refuse(kind) {
      refused = kind;
    },
    get reads() {
      return reads;
    },
    get writes() {
      return writes;
    },
  };
}

export interface FakeHost extends Host {
  /** All that stands on it. */
  state(): HostState;
  refuse(kind: HostOperation['kind'] | undefined): void;
  /** Somebody runs `nft flush ruleset`. */
  flushNft(): void;
  /** What surveys were asked. */
  questions(): readonly SurveyQuestion[];
  /** From now on readings find these local routes of others. */
  stray(...routes: Route[]): void;
  /** From now on surveys see this. */
  look(changes: Partial<HostSurvey>): void;
  /** So many operations were executed. */
  readonly writes: number;
}

export function createFakeHost(own: { link: string; address: string; prefixLength: number }): FakeHost {
  let state: HostState = emptyHostState;
  let refused: HostOperation['kind'] | undefined;
  let writes = 0;
  let generation = 1;
  let strays: readonly Route[] = [];
  const asked: SurveyQuestion[] = [];
  let surveyed: HostSurvey = {
    links: [{ name: own.link, kind: undefined, up: true, mtu: 1_500 }],
    addresses: [own],
    ways: new Map(),
    clients: { ipv4: { link: own.link, isLocal: false, gateway: '10.1.0.1' } },
    strict: new Set(),
    ipv6: 'on',
  };

  function put<K extends keyof HostState, T extends HostState[K][number]>(
    kind: K,
    item: T,
    key: (item: T) => string,
  ): void {
    remove(kind, item, key);
    state = { ...state, [kind]: [...state[kind], item] };
  }
  function remove<K extends keyof HostState, T extends HostState[K][number]>(
    kind: K,
    item: T,
    key: (item: T) => string,
  ): void {
    const list = state[kind] as readonly T[];
    state = { ...state, [kind]: list.filter((other) => key(other) !== key(item)) };
  }
  const byName = (item: { readonly name: string }) => item.name;

  function write(operation: HostOperation): void {
    writes += 1;
    switch (operation.kind) {
      case 'add-link':
        put('links', { ...operation.link, up: false }, byName);
        break;
      case 'set-link-up':
        put('links', operation.link, byName);
        break;
      case 'delete-link':
        remove('links', operation.link, byName);
        break;
      case 'add-address':
        put('addresses', operation.address, addressKey);
        break;
      case 'delete-address':
        remove('addresses', operation.address, addressKey);
        break;
      case 'replace-route':
        put('routes', operation.route, routeKey);
        break;
      case 'delete-route':
        remove('routes', operation.route, routeKey);
        break;
      case 'withdraw-route':
        put('absentRoutes', operation.route, (route) => `${routeKey(route)} ${route.link}`);
        strays = strays.filter((route) => route.link !== operation.route.link);
        break;
      case 'add-rule':
        put('rules', operation.rule, ruleKey);
        break;
      case 'delete-rule':
        remove('rules', operation.rule, ruleKey);
        break;
      case 'set-sysctl':
        put('sysctls', operation.sysctl, byName);
        break;
      case 'load-nft':
        generation += 1;
        put('nft', operation.table, byName);
        break;
      case 'delete-nft': {
        generation += 1;
        const table = state.nft.find(({ name }) => name === operation.name);
        if (table !== undefined) remove('nft', table, byName);
        break;
      }
      case 'add-gue-port':
        put('guePorts', operation.guePort, guePortKey);
        break;
      case 'delete-gue-port':
        remove('guePorts', operation.guePort, guePortKey);
    }
  }

  return {
    read: async () => ({ ...state, strangers: [], strays }),
    marked: async () => ({ ...state, sysctls: [] }),
    async apply(operation) {
      if (operation.kind === refused) {
        const message = 'the kernel answered EBUSY';
        throw new CausewayError({ code: 'kernel', operation: operation.kind, errno: 'EBUSY', message });
      }
      write(operation);
    },
    sysctl: async (name) => state.sysctls.find((sysctl) => sysctl.name === name)?.value ?? '0',
    takesGue: async () => true,
    linkIndex: async () => undefined,
    interfaceAddresses: async () => [own],
    survey: async (question) => {
      asked.push(question);
      return surveyed;
    },
    questions: () => asked,
    stray(...routes) {
      strays = routes;
    },
    look(changes) {
      surveyed = { ...surveyed, ...changes };
    },
    nftGeneration: async () => generation,
    nftTables: async () => state.nft.map(({ name }) => name),
    close: () => {},
    state: () => state,
    refuse(kind) {
      refused = kind;
    },
    flushNft() {
      generation += 1;
      state = { ...state, nft: [] };
    },
    get writes() {
      return writes;
    },
  };
}
