import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  checksumSteps,
  snapshotChecksum,
  spelledDestination,
} from '../../src/api/checksum.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';

const snapshot: RealServerSnapshot = {
  kind: 'realserver',
  version: 1,
  checksum: '',
  force: false,
  deletedServices: [],
  probe: { keyHex: '00', intervalMs: 150, downAfterMs: 600, goneAfterMs: 10_000, rise: 3 },
  tunnel: 'gre',
  services: [],
  directors: [{ name: 'd', address: '10.0.0.1', forwarding: 'tunnel' }],
};

describe('the checksum', () => {
  it.each([
    ['the order of keys', { ...Object.fromEntries(Object.entries(snapshot).reverse()) }, true],
    ['version, checksum and force', { ...snapshot, version: 9, checksum: 'x', force: true }, true],
    ['a new field at its default', { ...snapshot, later: '', more: { deep: 0 } }, true],
    ['a new field in use', { ...snapshot, later: 'x' }, false],
    [
      'what programs of 0.1.0 know nothing of, and leave out as they read it',
      { ...snapshot, keys: [], guePorts: [6_081], ipvs: { udpTimeoutSeconds: 30 } },
      true,
    ],
    [
      'a change deep inside',
      { ...snapshot, directors: [{ ...snapshot.directors[0], address: '10.0.0.2' }] },
      false,
    ],
  ])('%s → the same: %s', (_, other, same) => {
    expect(snapshotChecksum(other as RealServerSnapshot) === snapshotChecksum(snapshot)).toBe(same);
  });

  it('is that of one canonical text, however it is put together', () => {
    const whole = (content: object): string =>
      createHash('sha256').update(canonicalJson(content)).digest('hex');
    const { version: _v, checksum: _c, force: _f, ...content } = snapshot;
    expect(snapshotChecksum(snapshot)).toBe(whole(content));
    const directors = Array.from({ length: 2_000 }, (_, index) => ({
      name: `d${index}`,
      address: '',
      forwarding: 'tunnel' as const,
    }));
    const many = { ...snapshot, directors };
    expect(snapshotChecksum(many)).toBe(whole({ ...content, directors }));
    let turns = 0;
    const steps = checksumSteps(many);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        expect(step.value).toBe(snapshotChecksum(many));
        break;
      }
      turns += 1;
    }
    expect(turns).toBe(4);
  });

  it('keeps the elements of lists, defaults too, and their order', () => {
    expect(canonicalJson({ b: [0, '', {}], a: 1 })).toBe('{"a":1,"b":[0,"",{}]}');
  });

  it('spells destinations by a way of their own, alike', () => {
    for (const realServer of ['', 'real-1', 'a "quoted" näme'])
      for (const tier of [0, 3])
        for (const weight of [0, 100])
          for (const drained of [false, true]) {
            const destination = { weight, realServer, drained, tier };
            expect(spelledDestination(destination)).toBe(canonicalJson(destination));
          }
  });
});
