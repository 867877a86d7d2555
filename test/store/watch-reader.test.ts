/** Responses of a watch stream as etcd sends them, and what they tell. */
import { describe, expect, it } from 'vitest';
import type { IWatchResponse } from '../../src/store/etcd/client.ts';
import { createWatchReader } from '../../src/store/etcd/watch-reader.ts';

type Event = IWatchResponse['events'][number];

function kv(type: 'Put' | 'Delete', key: string, revision: number, value = 'x'): Event {
  return {
    type,
    kv: {
      key: Buffer.from(`/p/${key}`),
      value: Buffer.from(value),
      create_revision: '1',
      mod_revision: String(revision),
      version: '1',
      lease: '0',
    },
    prev_kv: null as unknown as Event['prev_kv'],
  };
}
const putOf = (key: string, revision: number) => kv('Put', key, revision);

function response(revision: number, change: Partial<IWatchResponse> = {}, clusterId = 'c1'): IWatchResponse {
  return {
    header: { cluster_id: clusterId, member_id: '1', revision: String(revision), raft_term: '1' },
    watch_id: '0',
    ...{ created: false, canceled: false, compact_revision: '0', cancel_reason: '', fragment: false },
    events: [],
    ...change,
  };
}
const created = response(10, { created: true });

/** In short: `created`, `11: a b -c`, `reached 12`, `gap: …`, `ended: …`. */
function tell(responses: readonly IWatchResponse[], clusterId = 'c1'): string[] {
  const own = (key: Buffer) => key.toString().slice(3);
  const reader = createWatchReader({ afterRevision: 10, clusterId, own });
  return responses.flatMap(reader.take).map((told) => {
    switch (told.kind) {
      case 'changes':
        return `${told.revision}: ${told.changes.map((one) => (one.kind === 'put' ? one.entry.key : `-${one.key}`)).join(' ')}`;
      case 'reached':
        return `reached ${told.revision}`;
      case 'created':
        return 'created';
      default:
        return `${told.kind}: ${told.reason}`;
    }
  });
}

describe('what a watch stream tells', () => {
  it.each<[string, IWatchResponse[], string[]]>([
    [
      'each revision once, all of it together',
      [created, response(12, { events: [putOf('a', 11), kv('Delete', 'b', 11), putOf('c', 12)] })],
      ['created', '11: a -b', '12: c'],
    ],
    [
      'a revision that comes in pieces, when the last piece is there',
      [
        created,
        response(12, { fragment: true, events: [putOf('a', 11), putOf('b', 12)] }),
        response(12, { fragment: true, events: [putOf('c', 12)] }),
        response(12, { events: [putOf('d', 12)] }),
      ],
      ['created', '11: a', '12: b c d'],
    ],
    [
      'nothing twice, and nothing of before',
      [
        created,
        response(11, { events: [putOf('old', 9), putOf('old', 10), putOf('a', 11)] }),
        response(12, { events: [putOf('a', 11), putOf('b', 12)] }),
      ],
      ['created', '11: a', '12: b'],
    ],
    [
      'progress, asked for (of the whole stream) or not',
      [created, response(14, { watch_id: '-1' }), response(15)],
      ['created', 'reached 14', 'reached 15'],
    ],
    [
      'no progress that is behind what was told',
      [created, response(12, { events: [putOf('a', 12)] }), response(11, { watch_id: '-1' })],
      ['created', '12: a'],
    ],
    [
      'a gap, where the history is compacted',
      [created, response(20, { canceled: true, compact_revision: '18' })],
      ['created', 'gap: its history begins at revision 18'],
    ],
    [
      'a gap, where the store is behind what is known',
      [response(7, { created: true })],
      ['gap: it is at revision 7, and was at 10'],
    ],
    [
      'a gap, where another cluster answers',
      [response(99, { created: true }, 'c2')],
      ['gap: another cluster answers: this one was restored or replaced'],
    ],
    [
      'why it was refused, though it says created as well',
      [
        response(10, {
          created: true,
          canceled: true,
          watch_id: '-1',
          cancel_reason: 'etcdserver: permission denied',
        }),
      ],
      ['ended: etcdserver: permission denied'],
    ],
  ])('%s', (_, responses, told) => {
    expect(tell(responses)).toEqual(told);
  });

  it('takes any cluster where none is known', () => {
    expect(tell([response(99, { created: true }, 'c2')], '')).toEqual(['created']);
  });
});
