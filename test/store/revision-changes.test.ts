import { describe, expect, it } from 'vitest';
import type { Site } from '../../src/domain/resource.ts';
import type { RevisionChange } from '../../src/domain/revision.ts';
import { decodeRecord } from '../../src/store/record.ts';
import { readRevisionPart, revisionPartWrites } from '../../src/store/revision-changes.ts';

const site = (name: string, tunnel: Site['tunnel'] = 'ipip'): Site => ({ kind: 'Site', name, tunnel });
const entry = (key: string, value: string) => ({ key, value, createRevision: 1, modRevision: 1 });
const changed: RevisionChange = {
  ...{ kind: 'Site', name: 'fra', outcome: 'changed' },
  ...{ before: site('fra'), after: site('fra', 'gre') },
};

function read(changes: readonly RevisionChange[]): readonly RevisionChange[] {
  return revisionPartWrites(7, changes).flatMap(({ key, value }) =>
    readRevisionPart(entry(key, value), 'memory'),
  );
}

describe('what a revision did, in the store', () => {
  it('is read back as it was', () => {
    const changes: RevisionChange[] = [
      changed,
      { kind: 'Site', name: 'lon', outcome: 'deleted', before: site('lon') },
      { kind: 'Director', name: 'd1', outcome: 'deregistered' },
    ];
    expect(read(changes)).toEqual(changes);
    expect(read([])).toEqual([]);
  });

  it('comes in parts that a transaction can carry, each with what it touched', () => {
    const many = Array.from(
      { length: 3_000 },
      (_, index): RevisionChange => ({
        ...{ kind: 'Site', name: `s${index}`, outcome: 'changed' },
        ...{ before: site(`s${index}`), after: site(`s${index}`, 'gre') },
      }),
    );
    const parts = revisionPartWrites(7, many);
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...parts.map(({ value }) => value.length))).toBeLessThan(160_000);
    expect(parts.map(({ key }) => key).slice(0, 2)).toEqual([
      'history/0000000007/0001',
      'history/0000000007/0002',
    ]);
    expect(read(many)).toEqual(many);
    const [first] = parts;
    expect(decodeRecord(first?.key ?? '', first?.value ?? '', 'memory')).toMatchObject({
      kind: 'revision-part',
      value: {
        number: 7,
        part: 1,
        changes: expect.arrayContaining([{ kind: 'Site', name: 's0', outcome: 'changed' }]),
      },
    });
  });

  it('a resource as another version wrote it: new fields are passed over, what can not be read is told', () => {
    const [part] = revisionPartWrites(7, [changed]);
    const { key = '', value = '' } = part ?? {};
    const later = value.replace('"tunnel":"gre"', '"tunnel":"gre","colour":"red"');
    expect(readRevisionPart(entry(key, later), 'memory')).toEqual([changed]);
    const strange = value.replace('"tunnel":"gre"', '"tunnel":"geneve"');
    expect(readRevisionPart(entry(key, strange), 'memory')).toEqual([{ ...changed, after: 'unreadable' }]);
  });

  it.each([
    ['no JSON', '{'],
    ['another revision', '{"number":8,"part":1,"changes":[]}'],
    ['a kind to come', '{"number":7,"part":1,"changes":[{"kind":"Pool","name":"a","outcome":"created"}]}'],
  ])('a damaged part is set aside: %s', (_name, value) => {
    expect(() => readRevisionPart(entry('history/0000000007/0001', value), 'memory')).toThrow('damaged');
  });
});
