/** How Causeway reads and changes the host beside IPVS: one door to devices, addresses, routes, rules, sysctls and nft. */
import type { Family } from '../domain/address.ts';
import { emptyHostState, type HostOperation, type HostState, type NftTable } from '../domain/host-state.ts';
import type { HostSurvey, SurveyQuestion } from '../domain/host-survey.ts';
import { createFou, type Fou } from './fou/fou.ts';
import { markedState, type OwnMarks } from './host-marks.ts';
import { type HostReading, matchHost } from './host-read.ts';
import { genericConnection, withTimeouts } from './ipvs/timeouts.ts';
import { createRtnetlinkClient, type RtnetlinkClient } from './link/rtnetlink-client.ts';
import { createConnection } from './netlink/connection.ts';
import { createNft, type Nft } from './nft.ts';
import { netfilterProtocol, nftKernel } from './nft-generation.ts';
import { createNftRunner } from './nft-run.ts';
import { createFilterReader, type FilterReader, filterRunner } from './read-filters.ts';
import { bothReaders, createLegacyReader, legacyFamilies } from './read-legacy-filters.ts';
import { surveyHost } from './survey-host.ts';
import { createSysctlTree, type SysctlTree } from './sysctl.ts';

export type { HostReading, Stranger } from './host-read.ts';

export interface Host {
  /** The actual state of exactly the objects that these states name. */
  read(about: readonly HostState[]): Promise<HostReading>;
  /** All that bears these names and marks, whoever made it. */
  marked(marks: OwnMarks): Promise<HostState>;
  /** Executes one operation. Adding what is there identically and deleting what is absent is no error. */
  apply(operation: HostOperation): Promise<void>;
  /** Value of a sysctl, undefined where there is none of that name. */
  sysctl(name: string): Promise<string | undefined>;
  /** Whether the kernel takes GUE. */
  takesGue(): Promise<boolean>;
  /** Number of a device, undefined where there is none of that name. */
  linkIndex(name: string): Promise<number | undefined>;
  /** Every address of every device. */
  interfaceAddresses(): Promise<{ link: string; address: string; prefixLength: number }[]>;
  /** What of the host beside our own decides whether it works. */
  survey(question: SurveyQuestion): Promise<HostSurvey>;
  /** Grows with whatever anybody changes in nft; undefined where the kernel does not tell. One datagram. */
  nftGeneration(): Promise<number | undefined>;
  /** Names of all nft tables; undefined where the kernel does not tell (whoever may not ask it). */
  nftTables(): Promise<readonly string[] | undefined>;
  close(): void;
}

/** What a host is made of; tests hand in their own. */
export interface HostParts {
  readonly rtnetlink: RtnetlinkClient;
  readonly nft: Nft;
  readonly nftGeneration: () => Promise<number | undefined>;
  readonly nftTables: () => Promise<readonly string[] | undefined>;
  readonly filters: FilterReader;
  readonly sysctls: SysctlTree;
  readonly fou: Fou;
  close(): void;
}

/** The host of this process's network namespace; its settings are written below `sysctlDir`. Errors: `unsupported` where there is no rtnetlink. */
export async function createHost(sysctlDir?: string): Promise<Host> {
  const connection = createConnection(0);
  const netfilter = createConnection(netfilterProtocol);
  const generic = genericConnection();
  const rtnetlink = createRtnetlinkClient(connection);
  const closeAll = (): void => {
    for (const one of [connection, netfilter, generic]) one.close();
  };
  try {
    // Fail now, not at the first change, where this is no Linux or netlink is forbidden.
    await rtnetlink.link('lo');
  } catch (error) {
    closeAll();
    throw error;
  }
  const told = nftKernel(netfilter);
  const sysctls = withTimeouts(createSysctlTree(sysctlDir), genericConnection);
  const monotonicMs = (): number => performance.now();
  return hostOf({
    rtnetlink,
    nft: createNft(createNftRunner(), told),
    nftGeneration: told.generation,
    nftTables: told.tables,
    filters: bothReaders(
      createFilterReader({ run: filterRunner(), kernel: told, monotonicMs }),
      createLegacyReader({ families: legacyFamilies(), monotonicMs }),
    ),
    sysctls,
    fou: createFou(generic),
    close() {
      sysctls.close();
      closeAll();
    },
  });
}

export function hostOf(parts: HostParts): Host {
  const { rtnetlink, nft, sysctls, fou } = parts;

  return {
    async read(about) {
      const asks = (kind: keyof HostState) => about.some((state) => state[kind].length > 0);
      const absent = about.some((state) => state.absentRoutes.length > 0);
      const routes = about.flatMap((state) => [...state.routes, ...state.absentRoutes]);
      const tables = new Set(routes.map((route) => route.table));
      const rules = about.flatMap((state) => state.rules);
      const onLinks = asks('links') || asks('addresses') || routes.length > 0;
      return matchHost(about, {
        links: onLinks ? await rtnetlink.links() : [],
        addresses: asks('addresses') ? await rtnetlink.addresses() : [],
        routes: (
          await Promise.all(familiesOf(routes).map((family) => rtnetlink.routes(family, tables, absent)))
        ).flat(),
        rules: (await Promise.all(familiesOf(rules).map((family) => rtnetlink.rules(family)))).flat(),
        sysctls: await readNamed(about, 'sysctls', sysctls.read),
        nft: await readNamed(about, 'nft', nft.read),
        fouPorts: asks('guePorts') ? ((await fou.ports()) ?? []) : [],
      });
    },
    async marked(marks) {
      const tables = new Set(marks.tables);
      const families = tables.size === 0 ? [] : (['ipv4', 'ipv6'] as const);
      const found = await readNamed([{ ...emptyHostState, nft: marks.nft }], 'nft', nft.read);
      const facts = {
        links: await rtnetlink.links(),
        addresses: await rtnetlink.addresses(),
        routes: (await Promise.all(families.map((family) => rtnetlink.routes(family, tables, true)))).flat(),
        rules: (await Promise.all(families.map((family) => rtnetlink.rules(family)))).flat(),
        sysctls: new Map(),
        nft: found,
        fouPorts: [...found.values()].some(letsGueIn) ? ((await fou.ports()) ?? []) : [],
      };
      return markedState(marks, facts);
    },
    apply: (operation) => execute(parts, operation),
    sysctl: (name) => sysctls.read(name),
    takesGue: () =>
      fou.ports().then(
        (ports) => ports !== undefined,
        () => false,
      ),
    linkIndex: async (name) => (await rtnetlink.link(name))?.index,
    async interfaceAddresses() {
      const nameOf = new Map((await rtnetlink.links()).map((link) => [link.index, link.name]));
      return (await rtnetlink.addresses()).flatMap(({ linkIndex, address, prefixLength }) => {
        const link = nameOf.get(linkIndex);
        return link === undefined ? [] : [{ link, address, prefixLength }];
      });
    },
    async survey(question) {
      const filters = parts.filters.latest();
      return { ...(await surveyHost(rtnetlink, sysctls, question)), ...(filters && { filters }) };
    },
    nftGeneration: parts.nftGeneration,
    nftTables: parts.nftTables,
    close: () => parts.close(),
  };
}

async function execute({ rtnetlink, nft, sysctls, fou }: HostParts, operation: HostOperation): Promise<void> {
  switch (operation.kind) {
    case 'add-link':
      return rtnetlink.addLink(operation.link);
    case 'set-link-up':
      return rtnetlink.setLinkUp(operation.link);
    case 'delete-link':
      return rtnetlink.deleteLink(operation.link);
    case 'add-address':
      return rtnetlink.addAddress(operation.address);
    case 'delete-address':
      return rtnetlink.deleteAddress(operation.address);
    case 'replace-route':
      return rtnetlink.replaceRoute(operation.route);
    case 'delete-route':
    case 'withdraw-route':
      return rtnetlink.deleteRoute(operation.route);
    case 'add-rule':
      return rtnetlink.addRule(operation.rule);
    case 'delete-rule':
      return rtnetlink.deleteRule(operation.rule);
    case 'set-sysctl':
      return sysctls.write(operation.sysctl.name, operation.sysctl.value);
    case 'load-nft':
      return nft.load(operation.table);
    case 'delete-nft':
      return nft.remove(operation.name);
    case 'add-gue-port':
      return fou.add(operation.guePort);
    case 'delete-gue-port':
      return fou.remove(operation.guePort);
  }
}

function letsGueIn(table: NftTable | 'foreign'): boolean {
  return table !== 'foreign' && table.kind === 'closed-decapsulation' && table.guePorts !== undefined;
}

function familiesOf(items: readonly { readonly family: Family }[]): Family[] {
  return [...new Set(items.map((item) => item.family))];
}

/** Reads each name once, one after the other; what is absent has no entry. */
async function readNamed<T>(
  about: readonly HostState[],
  kind: 'sysctls' | 'nft',
  read: (name: string) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (const name of new Set(about.flatMap((state) => state[kind].map((item) => item.name)))) {
    const value = await read(name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}
