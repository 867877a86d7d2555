import { describe, expect, it } from 'vitest';
import { reportToWire } from '../../src/api/convert-report.ts';
import { snapshotToWire } from '../../src/api/convert-snapshot.ts';
import { encodedMessage, sendable } from '../../src/api/encoded.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { directorSnapshot } from '../agents/snapshots.ts';

const { Connect } = loadApi().agents.service;

/** Services of so many destinations each. */
function snapshotOf(...sizes: readonly number[]): DirectorSnapshot {
  const sample = directorSnapshot();
  const [web] = sample.services;
  const [fra] = sample.realServers;
  if (web === undefined || fra === undefined) throw new Error('the sample has a service');
  const names = Array.from({ length: Math.max(...sizes) }, (_, index) => `server-${index}`);
  return {
    ...sample,
    realServers: names.map((name) => ({ ...fra, name })),
    services: sizes.map((size, index) => ({
      ...web,
      name: `service-${index}`,
      destinations: names.slice(0, size).map((realServer, weight) => ({
        realServer,
        tier: 0,
        weight,
        drained: false,
      })),
    })),
  };
}

function stepsOf(typeName: string, message: object): { bytes: Buffer; steps: number } {
  const encoding = encodedMessage(typeName, message);
  for (let steps = 0; ; steps += 1) {
    const step = encoding.next();
    if (step.done === true) return { bytes: step.value, steps };
  }
}

describe('a message in parts', () => {
  it.each<[string, readonly number[]]>([
    ['nothing in it', [0]],
    ['short', [3, 1]],
    ['many services', Array.from({ length: 700 }, () => 4)],
    ['one service of many destinations between others', [2, 6_000, 1]],
    ['as many as a step takes', [499, 500, 501, 2_000]],
  ])('a snapshot, %s: what is read is what was written', (_, sizes) => {
    const snapshot = snapshotToWire(snapshotOf(...sizes));
    const whole = Connect.responseDeserialize(Connect.responseSerialize({ snapshot }));
    const { bytes } = stepsOf('CoordinatorMessage', { snapshot });
    expect(Connect.responseDeserialize(bytes)).toEqual(whole);
  });

  it('a report: likewise', () => {
    const paths = Array.from({ length: 5_000 }, (_, index) => ({
      realServer: `server-${index}`,
      state: 'up' as const,
      sinceMs: index,
      rttP50Us: 1,
      rttP90Us: 2,
      loss: 0.5,
      answered: 20,
      agent: 'present' as const,
      knock: 'works' as const,
      ...(index % 3 === 0 ? { lostVips: ['192.0.2.10'] } : {}),
    }));
    const report = reportToWire({ ...emptyReport, paths, held: 'a reason' });
    const bytes = atOnce(encodedMessage('AgentMessage', { report }));
    expect(Connect.requestDeserialize(bytes)).toEqual(
      Connect.requestDeserialize(Connect.requestSerialize({ report })),
    );
  });

  it('a long one has many steps, a short one none', () => {
    const long = snapshotToWire(snapshotOf(...Array.from({ length: 50 }, () => 400)));
    expect(stepsOf('Snapshot', long).steps).toBeGreaterThan(20);
    expect(stepsOf('Snapshot', snapshotToWire(directorSnapshot())).steps).toBe(0);
  });

  it('a stream is given a short one as it is, a long one as bytes', async () => {
    const short = { snapshot: snapshotToWire(directorSnapshot()) };
    expect(sendable('CoordinatorMessage', short)).toBe(short);
    const long = { snapshot: snapshotToWire(snapshotOf(5_000)) };
    const bytes = await sendable('CoordinatorMessage', long);
    expect(Connect.responseSerialize(bytes)).toBe(bytes);
  });
});
