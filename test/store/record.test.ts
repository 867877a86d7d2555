import { describe, expect, it } from 'vitest';
import type { OverrideOrder } from '../../src/domain/resource.ts';
import { coordinatorKey, latencyKey, memberKey, resourceKey, slotKey } from '../../src/store/keys.ts';
import { decodeRecord, encodeRecord } from '../../src/store/record.ts';
import { override, service } from '../plan/fixtures.ts';

const site = { kind: 'Site', name: 'fra', tunnel: 'gre' } as const;

describe('records', () => {
  it('come back as they were written', () => {
    const record = { kind: 'resource', value: site } as const;
    expect(decodeRecord(resourceKey(site), encodeRecord(record), 'f')).toEqual(record);
  });

  it.each<OverrideOrder>([
    { kind: 'drain' },
    { kind: 'pin', sharePermille: 405 },
    { kind: 'cap', connections: 9 },
    { kind: 'bias', biasMs: -3 },
  ])('of overrides come back as they were written: %j', (order) => {
    const value = override({ order });
    expect(decodeRecord(resourceKey(value), encodeRecord({ kind: 'resource', value }), 'f')).toEqual({
      kind: 'resource',
      value,
    });
  });

  it('pass over fields that a newer version added', () => {
    const text = JSON.stringify({ ...site, later: { x: 1 } });
    expect(decodeRecord(resourceKey(site), text, 'f')).toEqual({ kind: 'resource', value: site });
  });

  it('of a coordinator come back, from before it heard return paths as well', () => {
    const value = { name: 'c1', site: 'fra', address: '10.1.0.9:7400' };
    for (const one of [value, { ...value, hearsAt: ['10.1.0.9', '2001:db8:1::9'] }])
      expect(decodeRecord(coordinatorKey('c1'), JSON.stringify(one), 'f')).toEqual({
        kind: 'coordinator',
        value: one,
      });
  });

  it('of a service from before a setting was there have its default', () => {
    const { slowStartSeconds: _s, failOpen: _f, drainSeconds: _d, ...before } = service();
    expect(decodeRecord(resourceKey(before), JSON.stringify(before), 'f')?.value).toEqual({
      ...before,
      slowStartSeconds: undefined,
      failOpen: false,
      drainSeconds: undefined,
    });
  });

  it('under a key of another version are left alone', () => {
    expect(decodeRecord('console/web', 'whatever', 'f')).toBeUndefined();
  });

  it.each([
    ['resources/Site/fra', '{"kind":"Site"', 'it is no JSON'],
    ['resources/Site/fra', '{"kind":"Site","name":"fra","tunnel":"smoke"}', 'tunnel'],
    ['resources/Site/fra', '{"kind":"Moon","name":"fra"}', 'kind'],
    ['members/realserver/a', '{"role":"realserver","name":"a"}', 'site'],
    ['probe-slots/0001', '{}', 'owner'],
    ['live/coordinators/c1', '{"name":"c1","site":"fra","address":"a:1","hearsAt":7}', 'hearsAt'],
    [
      'live/coordinators/c2',
      '{"name":"c1","site":"fra","address":"a:1"}',
      'it is that of live/coordinators/c1',
    ],
    ['resources/Site/a', '{"kind":"Site","name":"\\ud800","tunnel":"ipip"}', 'URI malformed'],
  ])('that are damaged name key and file: %s %s', (key, text, reason) => {
    expect(() => decodeRecord(key, text, '/var/lib/store.db')).toThrow(
      `read record ${key} in /var/lib/store.db: `,
    );
    expect(() => decodeRecord(key, text, '/var/lib/store.db')).toThrow(reason);
  });
});

describe('keys', () => {
  it('keep a name with a slash inside its own segment', () => {
    expect(memberKey('director', 'a/b')).toBe('members/director/a%2Fb');
    expect(latencyKey('a/b', 'c')).not.toBe(latencyKey('a', 'b/c'));
  });

  it('list slots in their order', () => {
    expect([slotKey(4000), slotKey(11), slotKey(2)].sort()).toEqual([slotKey(2), slotKey(11), slotKey(4000)]);
  });
});
