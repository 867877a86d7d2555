import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Handover } from '../../src/domain/handover.ts';
import { agentCapabilities } from '../../src/domain/member.ts';
import type { Service, ServicePort, Site } from '../../src/domain/resource.ts';
import type { World } from '../../src/domain/world.ts';
import { directorContentDuring, realServerContentDuring } from '../../src/plan/handover-content.ts';
import {
  advance,
  awaitedBy,
  begunHandover,
  concernedBy,
  type HandoverFacts,
  needsHandover,
} from '../../src/plan/handover-steps.ts';
import { endsOf } from '../../src/plan/real-server-host.ts';
import {
  type DirectorContent,
  directorContent,
  type RealServerContent,
  realServerContent,
} from '../../src/plan/snapshots.ts';
import { realServer, service, site, world } from './fixtures.ts';

interface Applied<C> {
  readonly content: C;
  readonly revision: number;
}

/** Three sites, a director and two real servers each, and two green ones; agents apply what they are offered when the story says so. */
class Fleet {
  world: World;
  revision = 1;
  nowMs = 0;
  readonly declaredAt = new Map<string, number>();
  readonly writtenAt = new Map<string, number>();
  readonly directors = new Map<string, Applied<DirectorContent>>();
  readonly servers = new Map<string, Applied<RealServerContent>>();
  /** What each director's probes have found to work, as `VIP REAL-SERVER`. */
  readonly heard = new Map<string, Set<string>>();

  constructor() {
    const six = world();
    const green = ['fra', 'lon'].map((name, index) =>
      realServer(`${name}-g`, {
        address: `10.${index + 1}.0.21`,
        labels: { app: 'green' },
        probeSlot: 20 + index,
      }),
    );
    const able = { capabilities: agentCapabilities };
    const realServers = [...six.realServers, ...green].map((one) => ({ ...one, ...able }));
    const directors = six.directors.map((one) => ({ ...one, ...able }));
    this.world = { ...six, realServers, directors, handovers: [] };
    for (const name of this.names()) this.apply(name);
    for (const { name } of this.world.directors) this.hear(name);
  }

  names(): string[] {
    return [...this.world.directors, ...this.world.realServers].map(({ name }) => name);
  }

  apply(name: string): void {
    const director = this.world.directors.find((one) => one.name === name);
    const server = this.world.realServers.find((one) => one.name === name);
    const { world: now, revision } = this;
    if (director !== undefined)
      this.directors.set(name, { content: directorContentDuring(now, director), revision });
    if (server !== undefined)
      this.servers.set(name, { content: realServerContentDuring(now, server), revision });
  }

  declare(next: Site | Service): void {
    const list = next.kind === 'Site' ? this.world.sites : this.world.services;
    const before = list.find(({ name }) => name === next.name) as Site | Service;
    const id = `${next.kind}/${next.name}`;
    this.declaredAt.set(id, ++this.revision);
    const replaced = <T extends Site | Service>(one: T): T =>
      one.kind === next.kind && one.name === next.name ? (next as T) : one;
    this.world = {
      ...this.world,
      sites: this.world.sites.map(replaced),
      services: this.world.services.map(replaced),
    };
    if (!needsHandover(before, next)) return;
    const directors = this.world.directors.map(({ name }) => name);
    this.keep(begunHandover(this.handover(next), before, directors));
  }

  /** Its probes are answered, or not, by all that it knows of. */
  hear(director: string): void {
    const content = this.directors.get(director)?.content;
    if (content === undefined) return;
    const answers = content.services.flatMap(({ vips, destinations }) =>
      vips.flatMap((vip) =>
        destinations
          .filter(({ realServer: name }) => this.takes(name, director, content, vip))
          .map(({ realServer: name }) => `${vip} ${name}`),
      ),
    );
    this.heard.set(director, new Set(answers));
  }

  report(director: string): ReturnType<HandoverFacts['report']> {
    const { services = [] } = this.directors.get(director)?.content ?? {};
    const heard = this.heard.get(director) ?? new Set();
    const carried = (vip: string, name: string) => heard.has(`${vip} ${name}`);
    return {
      idleVips: services.flatMap(({ vips, destinations }) =>
        vips.filter((vip) => !destinations.some(({ realServer }) => carried(vip, realServer))),
      ),
      destinations: services.flatMap(({ name: service, vips, destinations }) =>
        destinations.map(({ realServer, weight }) => ({
          service,
          realServer,
          weight: vips.some((vip) => carried(vip, realServer)) ? weight : -1,
          activeConnections: 0,
          connections: 0,
          bytesIn: 0,
          countedSinceMs: 0,
          verdict: 'healthy' as const,
        })),
      ),
    };
  }

  /** Directors from which no VIP is served any more by anybody who is known to work. */
  lost(): string[] {
    return [...this.directors].flatMap(([director, { content }]) => {
      const heard = this.heard.get(director) ?? new Set();
      const isServed = content.services.some(({ vips, destinations }) =>
        vips.some((vip) =>
          destinations.some(
            ({ realServer: name, drained }) =>
              !drained && heard.has(`${vip} ${name}`) && this.takes(name, director, content, vip),
          ),
        ),
      );
      return isServed ? [] : [`${director}: nothing is served`];
    });
  }

  handover({ kind, name }: { kind: string; name: string }): Handover | undefined {
    return this.world.handovers?.find((one) => one.kind === kind && one.name === name);
  }

  keep(handover: Handover): void {
    this.writtenAt.set(`${handover.kind}/${handover.name}`, this.revision);
    const others = (this.world.handovers ?? []).filter(
      ({ kind, name }) => kind !== handover.kind || name !== handover.name,
    );
    this.world = { ...this.world, handovers: [...others, handover] };
  }

  facts(handover: Handover): HandoverFacts {
    const id = `${handover.kind}/${handover.name}`;
    return {
      nowMs: this.nowMs,
      hasApplied: (name) => (this.servers.get(name)?.revision ?? 0) >= (this.declaredAt.get(id) ?? 0),
      hasChangedOver: (name) => (this.directors.get(name)?.revision ?? 0) >= (this.writtenAt.get(id) ?? 0),
      report: (name) =>
        (this.directors.get(name)?.revision ?? 0) >= (this.writtenAt.get(id) ?? 0)
          ? this.report(name)
          : undefined,
    };
  }

  /** The coordinator looks at what was said, as after a restart: it has nothing but the store and the agents' words. */
  step(): void {
    for (const handover of this.world.handovers ?? []) {
      const next = advance(this.world, handover, this.facts(handover));
      if (next === handover) continue;
      this.revision++;
      const others = (this.world.handovers ?? []).filter((one) => one !== handover);
      this.world = { ...this.world, handovers: others };
      if (next !== 'over') this.keep(next);
    }
  }

  /** Connections that a director's kernel would send where nobody takes them; and VIPs that nobody serves any more. */
  broken(): string[] {
    return [...this.directors].flatMap(([director, { content }]) =>
      content.services.flatMap(({ vips, ports, destinations }) =>
        vips.flatMap((vip) => {
          const lost = destinations.filter(
            ({ realServer: name }) =>
              !this.takes(name, director, content, vip) || !ports.every((one) => this.letsIn(name, vip, one)),
          );
          const fresh = lost.filter(({ realServer: name }) => !this.isNew(name));
          if (lost.length === destinations.length) return [`${director}: nobody takes ${vip}`];
          return fresh.map(({ realServer: name }) => `${director}: ${name} does not take ${vip}`);
        }),
      ),
    );
  }

  /** It has not applied the service yet: the director's probes keep connections from it. */
  isNew(name: string): boolean {
    return (this.servers.get(name)?.content.services.length ?? 0) === 0;
  }

  takes(name: string, director: string, { realServers }: DirectorContent, vip: string): boolean {
    const way = realServers.find((one) => one.name === name);
    const has = this.servers.get(name)?.content;
    if (way === undefined || has === undefined) return false;
    const tunnels = [has.tunnel, ...(has.alsoTunnels ?? [])];
    return (
      has.services.some(({ vips }) => vips.includes(vip)) &&
      has.directors.some((one) => one.name === director && one.forwarding === way.forwarding) &&
      (way.forwarding !== 'tunnel' || tunnels.includes(way.tunnel)) &&
      (way.gue === undefined || has.guePorts?.includes(way.gue.port) === true)
    );
  }

  letsIn(name: string, vip: string, { port, protocol }: ServicePort): boolean {
    const { services = [], alsoPorts = [] } = this.servers.get(name)?.content ?? {};
    return [...services.flatMap(endsOf), ...alsoPorts].some(
      (one) => one.address === vip && one.port === port && one.protocol === protocol,
    );
  }

  /** Everybody applies and the coordinator looks, until nothing changes. */
  settle(names = this.names()): void {
    for (let round = 0; round < 12; round++) {
      for (const name of names) this.apply(name);
      this.hearAll(names);
      this.step();
      this.nowMs += 5_000;
    }
  }

  hearAll(names = this.names()): void {
    for (const { name } of this.world.directors) if (names.includes(name)) this.hear(name);
  }
}

const changes: Record<string, Site | Service> = {
  'ipip for gre': site('fra', 'gre'),
  'gre for ipip': site('nyc', 'ipip'),
  'ipip again': site('fra', 'ipip'),
  'ipip for gue': site('fra', 'gue'),
  'gue at another port': { ...site('fra', 'gue'), gue: { port: 6_081, checksum: false } },
  'gue with checksum': { ...site('fra', 'gue'), gue: { port: 6_081, checksum: true } },
  'another VIP': service({ vips: ['192.0.2.20'] }),
  'one VIP more': service({ vips: ['192.0.2.10', '192.0.2.20'] }),
  'a third VIP': service({ vips: ['192.0.2.30'] }),
  'tunnel for all': service({ forwarding: 'tunnel' }),
  'green servers': service({ selector: { app: 'green' } }),
  'green servers at another VIP': service({ vips: ['192.0.2.20'], selector: { app: 'green' } }),
};

/** With another port on a VIP that stays, a director and its real servers change at once, each by itself. */
const portChanges: Record<string, Service> = {
  'another port at another VIP': service({
    vips: ['192.0.2.20'],
    ports: [{ protocol: 'tcp', port: 8080, targetPort: 8080 }],
  }),
};

describe('a change across hosts', () => {
  it.each(Object.keys({ ...changes, ...portChanges }))(
    '%s: nothing is lost at any moment, and nothing is left of it',
    (name) => {
      const orders = [0, 1, 2, 3].map(
        (turn) => (names: string[]) => (turn < 2 ? names.toSorted() : names.toSorted().toReversed()),
      );
      for (const [turn, order] of orders.entries()) {
        const fleet = new Fleet();
        fleet.declare((changes[name] ?? portChanges[name]) as Site | Service);
        for (let round = 0; round < 12; round++) {
          for (const agent of order(fleet.names())) {
            fleet.apply(agent);
            expect([...fleet.broken(), ...fleet.lost()]).toEqual([]);
            if (turn % 2 === 0) fleet.step();
          }
          fleet.step();
          if (round % 2 === 0) fleet.hearAll();
          fleet.nowMs += 4_000;
        }
        fleet.nowMs = 7_200_000;
        fleet.settle();
        expect(fleet.world.handovers).toEqual([]);
        for (const director of fleet.world.directors)
          expect(fleet.directors.get(director.name)?.content).toEqual(directorContent(fleet.world, director));
        for (const server of fleet.world.realServers)
          expect(fleet.servers.get(server.name)?.content).toEqual(realServerContent(fleet.world, server));
      }
    },
  );

  it('any changes, while any agents apply in any order', () => {
    const event = fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(...Object.values(changes)) },
      { weight: 8, arbitrary: fc.nat(10) },
      { weight: 3, arbitrary: fc.constantFrom('step' as const, 'hear' as const, 'time' as const) },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const fleet = new Fleet();
        for (const one of events) {
          if (one === 'step') fleet.step();
          else if (one === 'hear') fleet.hearAll();
          else if (one === 'time') fleet.nowMs += 5_000;
          else if (typeof one === 'number') fleet.apply(fleet.names()[one] ?? 'fra-d');
          else fleet.declare(one);
          // A service that is moved to servers which have never had it is their directors' probes' to judge.
          const lost = fleet.broken().filter((line) => !line.includes('nobody takes'));
          expect([...lost, ...fleet.lost()]).toEqual([]);
        }
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('a real server that is away is reached the old way, the others the new way, and the old one stays', () => {
    const fleet = new Fleet();
    fleet.declare(site('fra', 'gre'));
    fleet.settle(fleet.names().filter((name) => name !== 'fra-2'));
    const ways = fleet.directors.get('fra-d')?.content.realServers ?? [];
    const far = fleet.directors.get('lon-d')?.content.realServers ?? [];
    expect(ways.length).toBeGreaterThan(0);
    expect(far.filter(({ site: of }) => of === 'fra').map(({ name, tunnel }) => [name, tunnel])).toEqual([
      ['fra-1', 'gre'],
      ['fra-2', 'ipip'],
    ]);
    const [handover] = fleet.world.handovers ?? [];
    expect(handover && awaitedBy(fleet.world, handover, fleet.facts(handover))).toEqual(['realserver fra-2']);
    expect(fleet.servers.get('fra-1')?.content).toMatchObject({ tunnel: 'gre', alsoTunnels: ['ipip'] });
    fleet.settle();
    expect(fleet.world.handovers).toEqual([]);
  });

  it('an agent that lets every port in is not told of those that directors still use', () => {
    const fleet = new Fleet();
    fleet.world = {
      ...fleet.world,
      realServers: fleet.world.realServers.map(({ capabilities: _, ...old }) => old),
    };
    fleet.declare(portChanges['another port at another VIP'] as Service);
    fleet.apply('fra-1');
    expect(fleet.servers.get('fra-1')?.content).not.toHaveProperty('alsoPorts');
  });

  it('a new VIP that serves for a moment only does not end the old one', () => {
    const fleet = new Fleet();
    fleet.declare(service({ vips: ['192.0.2.20'] }));
    const names = fleet.names();
    for (const name of names) fleet.apply(name);
    fleet.step();
    for (const name of names) fleet.apply(name);
    fleet.hearAll();
    fleet.step();
    expect(fleet.world.handovers?.[0]?.changedOver).toHaveLength(fleet.world.directors.length);
    for (const name of names) fleet.apply(name);
    // Its application is bound to the old VIP.
    for (const heard of fleet.heard.values())
      for (const one of heard) if (one.startsWith('192.0.2.20')) heard.delete(one);
    fleet.nowMs += 60_000;
    fleet.step();
    for (const name of names) fleet.apply(name);
    expect(fleet.directors.get('fra-d')?.content.services.map(({ vips }) => vips)).toEqual([
      ['192.0.2.10'],
      ['192.0.2.20'],
    ]);
    expect(fleet.lost()).toEqual([]);
  });

  it('a director that refuses keeps the old way alive on every real server', () => {
    const fleet = new Fleet();
    fleet.declare(service({ vips: ['192.0.2.20'] }));
    fleet.settle(fleet.names().filter((name) => name !== 'lon-d'));
    const [handover] = fleet.world.handovers ?? [];
    expect(handover?.isReady).toBe(true);
    expect(handover && awaitedBy(fleet.world, handover, fleet.facts(handover))).toEqual(['director lon-d']);
    expect(fleet.servers.get('nyc-1')?.content.services).toMatchObject([
      { vips: ['192.0.2.20', '192.0.2.10'] },
    ]);
    expect(fleet.directors.get('fra-d')?.content.services).toMatchObject([{ vips: ['192.0.2.20'] }]);
    expect(fleet.broken()).toEqual([]);
  });

  it('a selector that nobody matches leaves the service where it is, until somebody does', () => {
    const fleet = new Fleet();
    fleet.declare(service({ selector: { app: 'gren' } }));
    fleet.settle();
    expect(fleet.directors.get('fra-d')?.content.services[0]?.destinations).toHaveLength(6);
    expect(fleet.broken()).toEqual([]);
    expect(concernedBy(fleet.world, { kind: 'Service', name: 'web' })).toEqual([]);
    const [handover] = fleet.world.handovers ?? [];
    expect(handover && awaitedBy(fleet.world, handover, fleet.facts(handover))).toEqual([]);
    fleet.declare(service({ selector: { app: 'green' } }));
    fleet.settle();
    const served = fleet.directors.get('fra-d')?.content.services[0]?.destinations ?? [];
    expect(served.filter(({ drained }) => !drained)).toHaveLength(2);
    expect(served.filter(({ drained, weight }) => drained && weight === 0)).toHaveLength(6);
    fleet.nowMs += 3_600_000;
    fleet.settle();
    expect(fleet.world.handovers).toEqual([]);
    expect(fleet.directors.get('fra-d')?.content.services[0]?.destinations).toHaveLength(2);
  });

  it('forwarding: running connections keep the old way for as long as a drain would last', () => {
    const fleet = new Fleet();
    fleet.declare(service({ forwarding: 'tunnel', drainSeconds: 60 }));
    fleet.settle();
    expect(fleet.world.handovers).toMatchObject([{ isReady: true }]);
    const ways = fleet.servers.get('fra-1')?.content.directors.filter(({ name }) => name === 'fra-d');
    expect(ways?.map(({ forwarding }) => forwarding).toSorted()).toEqual(['direct', 'tunnel']);
    fleet.nowMs = 60_000;
    fleet.settle();
    expect(fleet.world.handovers).toEqual([]);
  });
});
