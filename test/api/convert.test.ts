import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { helloFromWire, helloToWire } from '../../src/api/convert-agent.ts';
import {
  historyFromWire,
  historyToWire,
  changeFromWire as revisionChangeFromWire,
  changeToWire as revisionChangeToWire,
  termsFromWire,
  termsToWire,
} from '../../src/api/convert-history.ts';
import {
  changesFromWire,
  changeToWire,
  whatIfFromWire,
  whatIfToWire,
  whyFromWire,
  whyToWire,
} from '../../src/api/convert-question.ts';
import { reportFromWire, reportToWire } from '../../src/api/convert-report.ts';
import { readResource, resourceFromWire, resourceToWire } from '../../src/api/convert-resource.ts';
import { snapshotFromWire, snapshotToWire } from '../../src/api/convert-snapshot.ts';
import { statusFromWire, statusToWire } from '../../src/api/convert-status.ts';
import { createWordReader } from '../../src/api/convert-words.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { emptyReport } from '../../src/domain/agent-message.ts';
import { atOnce } from '../../src/domain/steps.ts';
import * as arbitrary from './arbitrary.ts';

const { admin, agents } = loadApi();
const { Apply, Diff, Explain, History, Status, WhatIf } = admin.service;
const { Connect } = agents.service;

/** Equality of values; protobuf's maps have no prototype. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('the wire gives back what it was given', () => {
  it('resources', () => {
    fc.assert(
      fc.property(arbitrary.resource, (resource) => {
        const bytes = Apply.requestSerialize({ resources: [resourceToWire(resource)] });
        const [wire] = Apply.requestDeserialize(bytes).resources;
        expect(wire && plain(resourceFromWire(wire))).toEqual(resource);
      }),
    );
  });

  it('the history', () => {
    fc.assert(
      fc.property(arbitrary.history, (history) => {
        const bytes = History.responseSerialize(historyToWire(history));
        expect(historyFromWire(History.responseDeserialize(bytes))).toEqual(history);
      }),
    );
  });

  it('what revisions did', () => {
    fc.assert(
      fc.property(arbitrary.revisionChange, (change) => {
        const bytes = Diff.responseSerialize({ changes: [revisionChangeToWire(change)] });
        expect(Diff.responseDeserialize(bytes).changes.map(revisionChangeFromWire).map(plain)).toEqual([
          change,
        ]);
      }),
    );
  });

  it('what comes with a change; from a client older than the history nothing', () => {
    fc.assert(
      fc.property(arbitrary.changeTerms, (terms) => {
        const bytes = Apply.requestSerialize({ terms: termsToWire(terms) });
        expect(termsFromWire(Apply.requestDeserialize(bytes).terms)).toEqual(terms);
      }),
    );
    expect(termsFromWire(Apply.requestDeserialize(Apply.requestSerialize({})).terms)).toEqual({});
  });

  it('questions about weights', () => {
    fc.assert(
      fc.property(arbitrary.whyQuestion, (question) => {
        const wire = Explain.requestDeserialize(Explain.requestSerialize(whyToWire(question)));
        expect(whyFromWire(wire)).toEqual(question);
      }),
    );
  });

  it('suppositions', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.whatIfChange), (changes) => {
        const bytes = WhatIf.requestSerialize({ changes: changes.map(changeToWire) });
        expect(changesFromWire(WhatIf.requestDeserialize(bytes).changes)).toEqual(changes);
      }),
    );
  });

  it('what suppositions come to', () => {
    fc.assert(
      fc.property(arbitrary.whatIfAnswer, (answer) => {
        const wire = WhatIf.responseDeserialize(WhatIf.responseSerialize(whatIfToWire(answer)));
        expect(plain(whatIfFromWire(wire))).toEqual(answer);
      }),
    );
  });

  it('snapshots, and their checksums', () => {
    fc.assert(
      fc.property(arbitrary.snapshot, (snapshot) => {
        const wire = Connect.responseDeserialize(
          Connect.responseSerialize({ snapshot: snapshotToWire(snapshot) }),
        );
        const back = wire.snapshot && snapshotFromWire(wire.snapshot);
        expect(back && plain(back)).toEqual(snapshot);
        expect(back && snapshotChecksum(back)).toBe(snapshotChecksum(snapshot));
      }),
    );
  });

  it('reports', () => {
    fc.assert(
      fc.property(arbitrary.report, (report) => {
        const wire = Connect.requestDeserialize(Connect.requestSerialize({ report: reportToWire(report) }));
        expect(wire.report && plain(reportFromWire(wire.report, createWordReader()))).toEqual(plain(report));
      }),
    );
  });

  it('hellos', () => {
    fc.assert(
      fc.property(arbitrary.hello, (hello) => {
        const wire = Connect.requestDeserialize(Connect.requestSerialize({ hello: helloToWire(hello) }));
        expect(wire.hello && plain(helloFromWire(wire.hello))).toEqual(hello);
      }),
    );
  });

  it('status', () => {
    fc.assert(
      fc.property(arbitrary.status, (status) => {
        const wire = Status.responseDeserialize(Status.responseSerialize(atOnce(statusToWire(status))));
        expect(plain(statusFromWire(wire))).toEqual(plain(status));
      }),
    );
  });
});

it.each([
  ['unknown stays unknown', undefined, undefined],
  ['none at all is none', 0, 0],
  ['more than full is told', 1.5, 1.5],
  ['no number', Number.NaN, undefined],
  ['no end', Number.POSITIVE_INFINITY, undefined],
  ['less than nothing', -0.1, undefined],
])('a load: %s', (_, cpuUtil, expected) => {
  const load = { connections: undefined, connectionsUtil: undefined, cpuUtil, backlogUtil: undefined };
  const report = { ...emptyReport, load };
  const sent = Connect.requestDeserialize(Connect.requestSerialize({ report: reportToWire(report) }));
  expect(sent.report && reportFromWire(sent.report, createWordReader()).load?.cpuUtil).toBe(expected);
  // Whatever another program puts there.
  const raw = Connect.requestSerialize({
    report: { load: cpuUtil === undefined ? {} : { cpuUtil, connections: 7 } },
  });
  const received = Connect.requestDeserialize(raw);
  expect(received.report && reportFromWire(received.report, createWordReader()).load?.cpuUtil).toBe(expected);
});

it('a report of a program of before says nothing of agents, knocks and verdicts', () => {
  const raw = Connect.requestSerialize({
    report: {
      paths: [{ realServer: 'fra-r1', state: 'up' }],
      destinations: [{ service: 'web', realServer: 'fra-r1', weight: 100 }],
    },
  });
  const { report } = Connect.requestDeserialize(raw);
  const words = createWordReader();
  const read = report && reportFromWire(report, words);
  expect(words.problems).toEqual([]);
  expect(read).toMatchObject({ troubles: [], held: '', paths: [{ agent: 'unknown', knock: 'unknown' }] });
  expect(read?.destinations[0]).not.toHaveProperty('verdict');
});

describe('words that are not in their list', () => {
  const wire = (spec: object) =>
    Apply.requestDeserialize(Apply.requestSerialize({ resources: [{ name: 'web', ...spec }] })).resources;

  it('of a resource become problems with their path, all of them', () => {
    const [service] = wire({
      service: { ports: [{ protocol: 'smoke' }], scheduler: 'magic', forwarding: 'auto', placement: 'best' },
    });
    expect(service && readResource(service)).toEqual({
      ok: false,
      problems: [
        ['spec.ports[0].protocol', '"smoke"', 'one of tcp, udp, sctp'],
        [
          'spec.scheduler',
          '"magic"',
          'one of rr, wrr, wlc, sed, sh, mh, lc, nq, lblc, lblcr, dh, fo, ovf, twos',
        ],
        ['spec.placement', '"best"', 'one of optimal, local, latency, static'],
        ['spec.health', 'nothing', 'a health check'],
      ].map(([path, found, expected]) => ({
        resource: { kind: 'Service', name: 'web' },
        path,
        found,
        expected,
      })),
    });
  });

  it.each([
    [{ kind: 'pin', site: 'fra' }, 'spec.share', 'nothing', 'a share'],
    [{ kind: 'drain' }, 'spec.site', 'nothing', 'a site, a real server or a director'],
    [{ kind: 'stop', site: 'fra' }, 'spec.kind', '"stop"', 'one of freeze, drain, pin, cap, bias'],
  ])('of an override: %j', (override, path, found, expected) => {
    const [read] = wire({ override }).map(readResource);
    const resource = { kind: 'Override', name: 'web' };
    expect(read).toEqual({ ok: false, problems: [{ resource, path, found, expected }] });
  });

  it('no placement is the default: older clients send none', () => {
    const [service] = wire({ service: { scheduler: 'rr', forwarding: 'auto', health: { type: 'tcp' } } });
    expect(service && readResource(service)).toMatchObject({
      ok: true,
      resource: {
        placement: 'optimal',
        slowStartSeconds: undefined,
        failOpen: false,
        drainSeconds: undefined,
      },
    });
  });

  it('of a snapshot refuse it whole', () => {
    const bytes = Connect.responseSerialize({ snapshot: { version: 3, realServer: { tunnel: 'moon' } } });
    const { snapshot } = Connect.responseDeserialize(bytes);
    expect(() => snapshot && snapshotFromWire(snapshot)).toThrow(
      'read snapshot version 3: probe: found nothing',
    );
  });

  it('a supposition that this version does not know is refused', () => {
    const bytes = WhatIf.requestSerialize({ changes: [{ kind: 'drain' }, { kind: 'flood' }] });
    expect(() => changesFromWire(WhatIf.requestDeserialize(bytes).changes)).toThrow(
      'suppose: changes[1].kind: found "flood", expected one of site-down, rtt, capacity, demand, drain',
    );
  });

  it('a kind that this version does not know is refused', () => {
    const [unknown] = wire({});
    expect(() => unknown && readResource(unknown)).toThrow(
      'it has no spec of a kind that this version knows',
    );
  });
});

describe('what an agent says of itself', () => {
  it('is cut before it is more than a coordinator takes', () => {
    const long = '😀'.repeat(50_000);
    const wire = reportToWire({
      ...emptyReport,
      troubles: Array.from({ length: 1_000 }, () => long),
      held: long,
      applications: [{ service: 'web', verdict: 'unhealthy', sinceMs: 1, reason: long }],
    });
    expect(wire.troubles).toHaveLength(200);
    const texts = [wire.held ?? '', ...(wire.troubles ?? []), wire.applications?.[0]?.reason ?? ''];
    for (const text of texts) expect([text.length, text.isWellFormed()]).toEqual([2_000, true]);
  });
});
