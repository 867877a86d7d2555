import { expect, it } from 'vitest';
import { netChanges, reversed, untilNow } from '../../../src/coordinator/serve/past.ts';
import type { Resource, Site } from '../../../src/domain/resource.ts';
import type { RevisionChange } from '../../../src/domain/revision.ts';

const fra = (tunnel: Site['tunnel']): Site => ({ kind: 'Site', name: 'fra', tunnel });
const id = { kind: 'Site', name: 'fra' } as const;
const created: RevisionChange = { ...id, outcome: 'created', after: fra('ipip') };
const changed: RevisionChange = { ...id, outcome: 'changed', before: fra('ipip'), after: fra('gre') };
const changedBack: RevisionChange = { ...id, outcome: 'changed', before: fra('gre'), after: fra('ipip') };
const deleted: RevisionChange = { ...id, outcome: 'deleted', before: fra('ipip') };
const insisted: RevisionChange = { ...id, outcome: 'insisted' };
const gone: RevisionChange = { kind: 'RealServer', name: 'r1', outcome: 'deregistered' };
const strange: RevisionChange = { ...id, outcome: 'changed', before: 'unreadable', after: fra('gre') };

it.each<[string, readonly RevisionChange[], readonly RevisionChange[]]>([
  ['created and changed', [created, changed], [{ ...created, after: fra('gre') }]],
  ['changed and changed back', [changed, changedBack], []],
  ['created and deleted', [created, deleted], []],
  ['deleted and created again as it was', [deleted, created], []],
  ['changed and deleted', [changed, changedBack, deleted], [deleted]],
  ['insisted on', [insisted], []],
  ['a member that was taken out, beside its policy', [gone], [gone]],
  ['what it was can not be read', [strange, changedBack], [{ ...strange, after: fra('ipip') }]],
])('what changes come to: %s', (_, changes, net) => {
  expect(netChanges(changes)).toEqual(net);
});

it('the other way round, without members: those come back by themselves or not at all', () => {
  expect(reversed([changed, gone])).toEqual([changedBack]);
  expect(reversed([created])).toEqual([{ ...id, outcome: 'deleted', before: fra('ipip') }]);
});

it('until now: whatever became of it since, by whomever', () => {
  const present = (value: Resource | undefined) => () => value;
  expect(untilNow([changed], present(fra('ipip')))).toEqual([]);
  expect(untilNow([changed], present(undefined))).toEqual([deleted]);
});
