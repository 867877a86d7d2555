/** A snapshot in sections: from a coordinator's content to an agent's snapshot, whole and as changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { encodeDelta } from '../../src/api/encode-delta.ts';
import type { SnapshotDelta__Output } from '../../src/api/gen/causeway/v1/SnapshotDelta.ts';
import { createSectioner, type Manifest, manifestChecksum } from '../../src/api/manifest.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { createTaker } from '../../src/api/take-delta.ts';
import type { Member } from '../../src/domain/member.ts';
import { assembled, divided, pathOf, type SnapshotContent } from '../../src/domain/section.ts';
import type { DirectorSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { atOnce } from '../../src/domain/steps.ts';
import type { World } from '../../src/domain/world.ts';
import { createHandoverSnapshots } from '../../src/plan/handover-content.ts';
import { createProbeKeys } from '../../src/probe/keys.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';
import { drawnWorld } from '../plan/drawn-worlds.ts';

const { responseDeserialize } = loadApi().agents.service.Connect;

/** As it goes over the wire, and how long it is there. */
function told(content: SnapshotContent, manifest: Manifest, base: Manifest | undefined, version = 1) {
  const around = { version, checksum: manifest.checksum, force: false, revision: 7, epoch: 3 };
  const bytes = atOnce(encodeDelta({ ...content, ...around }, manifest, base));
  const wire = responseDeserialize(bytes).delta;
  if (!wire) throw new Error('no delta');
  return { wire, bytes: bytes.length, snapshot: { ...content, ...around, asked: [] } };
}

/** Keys of two secrets in turn; some of the programs know none. */
const rings = [7, 8].map((inUse) =>
  createProbeKeys([{ epoch: inUse, secretHex: String(inUse).repeat(64) }], inUse),
);
const keyedWorld = fc
  .tuple(drawnWorld, fc.constantFrom(...rings), fc.nat(3))
  .map(([world, probeKeys, old]): World => {
    const known = <M extends Member>(one: M, index: number): M =>
      index % 4 === old ? one : { ...one, capabilities: ['also-ports', 'probe-keys'] };
    return {
      ...world,
      probeKeys,
      directors: world.directors.map(known),
      realServers: world.realServers.map(known),
    };
  });

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** In one go. */
function newTaker() {
  const taker = createTaker();
  return { take: (...of: Parameters<typeof taker.take>) => atOnce(taker.take(...of)) };
}

test('an agent of any role, from world to world, has just what the coordinator made', () => {
  fc.assert(
    fc.property(fc.array(keyedWorld, { minLength: 2, maxLength: 4 }), (worlds) => {
      const make = createHandoverSnapshots();
      const sectioner = createSectioner();
      const takers = new Map<
        string,
        { taker: ReturnType<typeof newTaker>; held: Snapshot; base: Manifest }
      >();
      for (const [version, world] of worlds.entries()) {
        const snapshots = atOnce(make(world));
        const contents = new Map<string, SnapshotContent>([
          ...world.directors.map((one) => [one.name, atOnce(snapshots.director(one))] as const),
          ...world.realServers.map((one) => [one.name, snapshots.realServer(one)] as const),
        ]);
        for (const [name, content] of contents) {
          expect(assembled(content.kind, divided(content))).toEqual(content);
          const manifest = atOnce(sectioner.manifestOf(content));
          const before = takers.get(name);
          const taker = before?.taker ?? newTaker();
          const { wire, snapshot } = told(content, manifest, before?.base, version);
          const held = taker.take(wire, before?.held);
          expect(plain(held)).toEqual(plain(snapshot));
          if (held === undefined) throw new Error('not taken');
          expect(manifestChecksum(held)).toBe(manifest.checksum);
          expect(snapshotChecksum(held)).toBe(snapshotChecksum(content));
          takers.set(name, { taker, held, base: manifest });
        }
      }
    }),
    { seed: 42, numRuns: 100 },
  );
});

describe('a director of 2,000 real servers', () => {
  const servers = Array.from({ length: 2_000 }, (_, index) => `server-${String(index).padStart(4, '0')}`);
  const content = (change: (name: string) => { weight?: number; address?: string }): DirectorSnapshot =>
    directorSnapshot({
      services: directorSnapshot().services.map((service) => ({
        ...service,
        destinations: servers.map((realServer) => ({
          realServer,
          tier: 0,
          weight: change(realServer).weight ?? 100,
          drained: false,
        })),
      })),
      realServers: servers.map((name, index) => ({
        name,
        site: index < 1_000 ? 'fra' : 'lon',
        address: change(name).address ?? `10.1.${index >> 8}.${index & 255}`,
        probeSlot: index + 1,
        forwarding: 'tunnel',
        tunnel: 'ipip',
      })),
    });
  const before = content(() => ({}));

  test.each([
    ['another weight', content((name) => (name === 'server-1234' ? { weight: 50 } : {}))],
    ['another address', content((name) => (name === 'server-0001' ? { address: '10.9.9.9' } : {}))],
    [
      'one that goes',
      {
        ...before,
        services: before.services.map((service) => ({
          ...service,
          destinations: service.destinations.filter(({ realServer }) => realServer !== 'server-0500'),
        })),
        realServers: before.realServers.filter(({ name }) => name !== 'server-0500'),
      },
    ],
  ])('is told %s of one of them in less than 1 KB, and keeps the rest as it is', (_, after) => {
    const sectioner = createSectioner();
    const [base, next] = [before, after].map((one) => atOnce(sectioner.manifestOf(one)));
    if (base === undefined || next === undefined) throw new Error('two were made');
    const taker = newTaker();
    const held = taker.take(told(before, base, undefined).wire, undefined);
    const { wire, bytes, snapshot } = told(after, next, base);
    expect(bytes).toBeLessThan(1_000);
    const taken = taker.take(wire, held);
    expect(plain(taken)).toEqual(plain(snapshot));
    if (taken?.kind !== 'director' || held?.kind !== 'director') throw new Error('a director');
    expect(taken.realServers.at(-1)).toBe(held.realServers.at(-1));
    expect(taken.probe).toBe(held.probe);
  });
});

describe('the keys of 2,000 real servers', () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `server-${String(index).padStart(4, '0')}`);
  const content = (inUse: number, present: readonly string[]): DirectorSnapshot => {
    const ring = rings[inUse - 7];
    return directorSnapshot({
      realServers: present.map((name, index) => ({
        name,
        site: name < 'server-1000' ? 'fra' : 'lon',
        address: `10.1.${index >> 8}.${index & 255}`,
        probeSlot: index + 1,
        forwarding: 'tunnel',
        tunnel: 'ipip',
      })),
      keys: present.flatMap((name) => ring?.between('fra-d1', name) ?? []),
    });
  };
  const all = content(7, names);

  test.each([
    ['nothing, where nothing is other', all, 0, 200],
    ['of one that comes, its own', content(7, names.slice(0, -1)), 0, 1_000],
    ['of another secret, all', content(8, names), 100_000, 150_000],
  ])('a director is told %s', (_, before, least, most) => {
    const sectioner = createSectioner();
    const [base, next] = [before, all].map((one) => atOnce(sectioner.manifestOf(one)));
    if (base === undefined || next === undefined) throw new Error('two were made');
    const taker = newTaker();
    const held = taker.take(told(before, base, undefined).wire, undefined);
    const { wire, bytes, snapshot } = told(all, next, base);
    expect(plain(taker.take(wire, held))).toEqual(plain(snapshot));
    expect(bytes).toBeGreaterThanOrEqual(least);
    expect(bytes).toBeLessThan(most);
  });
});

test('what many agents share is one value', () => {
  const sectioner = createSectioner();
  const [a, b] = [realServerSnapshot(), realServerSnapshot({ tunnel: 'gre' })].map((one) =>
    atOnce(sectioner.manifestOf(one)),
  );
  expect(b?.sections.get('carried/web')).toBe(a?.sections.get('carried/web'));
  expect(b?.sections.get('host')).not.toBe(a?.sections.get('host'));
  expect(atOnce(sectioner.manifestOf(realServerSnapshot()))).toBe(a);
});

test('sections by name', () => {
  const [service] = directorSnapshot().services;
  const two = service === undefined ? [] : [service, { ...service, vips: ['192.0.2.99'] }];
  expect(divided(directorSnapshot({ services: two, deletedServices: ['old'] })).map(pathOf)).toEqual([
    'probe',
    'deleted',
    'servers/fra',
    'servers/lon',
    'service/web',
    'service/web/1',
  ]);
  expect(divided(realServerSnapshot()).map(pathOf)).toEqual(['probe', 'host', 'carried/web', 'directors']);
  const key = { epoch: 7, keyHex: 'ab'.repeat(16) };
  const keys = ['lon-1', 'fra-1'].map((name) => ({ ...key, name }));
  expect(divided(directorSnapshot({ keys })).map(pathOf)).toContain('keys/lon');
  expect(divided(realServerSnapshot({ keys: [{ ...key, name: '' }] })).map(pathOf)).toContain('keys');
});

describe('nothing is taken of', () => {
  const sectioner = createSectioner();
  const content = directorSnapshot();
  const manifest = atOnce(sectioner.manifestOf(content));
  const { wire } = told(content, manifest, undefined, 4);
  const [first, ...rest] = wire.changed;
  const damaged = 'damaged, or of a version this agent can’t read'.replace('’', "'");

  test.each<[string, Partial<SnapshotDelta__Output>, string]>([
    ['another checksum', { checksum: 'ab' }, 'read snapshot version 4: checksum ab was announced'],
    ['a section that is missing', { changed: rest }, 'read snapshot version 4: checksum'],
    [
      'a section of another content',
      {
        changed: wire.changed.map((one) => (one.probe ? { ...one, probe: { ...one.probe, rise: 9 } } : one)),
      },
      'read snapshot section probe: hash',
    ],
    [
      'a section under another path',
      { changed: wire.changed.map((one) => (one === first ? { ...one, path: 'hologram' } : one)) },
      'read snapshot section hologram: hash',
    ],
    [
      'a section of a kind that is not known',
      { changed: [{ path: 'hologram', hash: '', isEdit: false, splices: [] }, ...wire.changed] },
      'read snapshot section hologram: of a kind or a base that this agent does not have',
    ],
    [
      'a word that is not known',
      {
        changed: wire.changed.map((one) =>
          one.service?.service
            ? { ...one, service: { ...one.service, service: { ...one.service.service, scheduler: 'best' } } }
            : one,
        ),
      },
      'read snapshot section service/web: service/web.scheduler: found "best"',
    ],
    [
      'changes of a list without that list',
      { changed: wire.changed.map((one) => (one.service ? { ...one, isEdit: true } : one)) },
      'read snapshot section service/web: of a kind or a base that this agent does not have',
    ],
    ['another role', { role: 'tower' }, 'read snapshot version 4: role "tower"'],
  ])('%s', (_, change, message) => {
    const taker = newTaker();
    expect(() => taker.take({ ...wire, ...change }, undefined)).toThrow(message);
    if (message.includes('hash'))
      expect(() => taker.take({ ...wire, ...change }, undefined)).toThrow(damaged);
    expect(taker.take(wire, undefined)?.checksum).toBe(manifest.checksum);
  });

  test('changes of something that is not held: there is no telling', () => {
    const other = directorSnapshot({ deletedServices: ['old'] });
    const next = atOnce(sectioner.manifestOf(other));
    const taker = newTaker();
    const changes = told(other, next, manifest).wire;
    expect(taker.take(changes, undefined)).toBeUndefined();
    expect(taker.take(changes, realServerSnapshot())).toBeUndefined();
    expect(taker.take(changes, content)?.checksum).toBe(next.checksum);
  });
});
