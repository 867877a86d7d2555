import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { implausible, implausibleForRealServer, isUnjudged } from '../../src/plan/plausibility.ts';
import { type FakeAgent, type Lab, lastOf, openLab, service, site, weightsOf } from './harness.ts';

/** Judges as the agents' programs do, by what it has applied. */
function judging(agent: FakeAgent): FakeAgent {
  let current: Snapshot | undefined;
  agent.judge = (next) => {
    const reason = isUnjudged(next) ? undefined : reasonOf(current, next);
    if (reason === undefined) current = next;
    return reason;
  };
  return agent;
}

function reasonOf(current: Snapshot | undefined, next: Snapshot): string | undefined {
  if (next.kind === 'director')
    return implausible(current?.kind === 'director' ? current : undefined, next, next.asked);
  return implausibleForRealServer(current?.kind === 'realserver' ? current : undefined, next, next.asked);
}

describe('what an operator plainly asked for is done by agents that judge', () => {
  let lab: Lab;
  let director: FakeAgent;
  const servers: FakeAgent[] = [];
  beforeEach(async () => {
    lab = await openLab();
    director = judging(await lab.director('d1'));
    servers.length = 0;
    for (const name of ['r1', 'r2', 'r3']) servers.push(judging(await lab.realServer(name)));
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => Object.keys(weightsOf(director, 'web') ?? {})).toEqual(['r1', 'r2', 'r3']);
    await settled();
  });
  afterEach(() => lab.dispose());

  /** Time passes, in which the director tells that all is served. */
  function inTime<T>(ms: number, look: () => T): () => T {
    return () => {
      lab.passTime(ms);
      director.link.report(emptyReport);
      return look();
    };
  }
  const refusals = async () =>
    (await lab.admin.status()).agents.map(({ name, refusal }) => `${name} ${refusal}`.trim());
  /** Every agent that is connected has applied what is wanted of it. */
  async function settled(): Promise<void> {
    await expect
      .poll(async () => {
        const { agents, revision, publishedRevision = 0 } = await lab.admin.status();
        const isBehind = (agent: (typeof agents)[number]): boolean =>
          agent.connected && (agent.wantedVersion !== agent.appliedVersion || agent.refusal !== '');
        return publishedRevision < revision ? 'not all are told' : agents.filter(isBehind);
      })
      .toEqual([]);
  }
  const destinations = () => {
    const last = director.applied?.version === lastOf(director)?.version ? lastOf(director) : undefined;
    return last?.kind === 'director' ? last.services.map(({ name, vips }) => [name, ...vips]) : undefined;
  };
  const vipsOf = (agent: FakeAgent) => {
    const last = agent.snapshots.find(({ version }) => version === agent.applied?.version);
    return last?.kind === 'realserver' ? last.services.flatMap(({ vips }) => vips) : [];
  };

  it('the VIP of a service', async () => {
    await lab.admin.apply([service('web', { vips: ['192.0.2.20'] })]);
    await expect.poll(inTime(4_000, destinations)).toEqual([['web', '192.0.2.20']]);
    for (const server of servers) await expect.poll(() => vipsOf(server)).toEqual(['192.0.2.20']);
    expect(await refusals()).toEqual(['d1', 'r1', 'r2', 'r3']);
  });

  it('blue for green', async () => {
    const green = judging(await lab.realServer('r4', { labels: { app: 'green' } }));
    await lab.admin.apply([service('web', { selector: { app: 'green' } })]);
    await expect.poll(inTime(0, () => weightsOf(director, 'web'))).toEqual({ r1: 0, r2: 0, r3: 0, r4: 100 });
    await expect.poll(() => vipsOf(green)).toEqual(['192.0.2.10']);
    // What still runs on blue ones has as long as a drain.
    for (const server of servers) expect(vipsOf(server)).toEqual(['192.0.2.10']);
    await expect.poll(inTime(3_600_000, () => weightsOf(director, 'web'))).toEqual({ r4: 100 });
    for (const server of servers) await expect.poll(() => vipsOf(server), { timeout: 5_000 }).toEqual([]);
    await settled();
    expect(await refusals()).toEqual(['d1', 'r1', 'r2', 'r3', 'r4']);
  });

  it('two of three deleted', async () => {
    for (const server of servers.slice(1)) await lab.kill(server);
    await expect
      .poll(async () => (await lab.admin.status()).agents.filter(({ connected }) => connected).length)
      .toBe(2);
    for (const name of ['r2', 'r3']) await lab.admin.remove([{ kind: 'RealServer', name }]);
    await expect.poll(() => Object.keys(weightsOf(director, 'web') ?? {})).toEqual(['r1']);
    await settled();
  });

  it('all servers but one relabelled', async () => {
    for (const [index, server] of servers.slice(1).entries()) {
      await lab.kill(server);
      judging(await lab.realServer(`r${index + 2}`, { labels: { app: 'other' } }));
    }
    await expect.poll(() => Object.keys(weightsOf(director, 'web') ?? {})).toEqual(['r1']);
    await settled();
  });

  it('a service, and the only one', async () => {
    await lab.admin.remove([{ kind: 'Service', name: 'web' }]);
    await expect.poll(destinations).toEqual([]);
    await settled();
  });

  it('a rollback: of a VIP, and of the service that was made meanwhile', async () => {
    await lab.admin.apply([
      service('web', { vips: ['192.0.2.20'] }),
      service('api', { vips: ['192.0.2.30'], selector: { app: 'web' } }),
    ]);
    await expect.poll(inTime(4_000, destinations)).toEqual([
      ['api', '192.0.2.30'],
      ['web', '192.0.2.20'],
    ]);
    await settled();
    await lab.admin.rollback(1);
    await expect.poll(inTime(4_000, destinations)).toEqual([['web', '192.0.2.10']]);
    for (const server of servers) await expect.poll(() => vipsOf(server)).toEqual(['192.0.2.10']);
    await settled();
    expect(await refusals()).toEqual(['d1', 'r1', 'r2', 'r3']);
  });

  it('an agent that was away for all of it, and a coordinator that was restarted meanwhile', async () => {
    await lab.kill(director);
    await lab.admin.apply([service('web', { vips: ['192.0.2.20'], persistenceSeconds: 30 })]);
    for (const server of servers.slice(1)) await lab.kill(server);
    await expect
      .poll(async () => (await lab.admin.status()).agents.filter(({ connected }) => connected).length)
      .toBe(1);
    for (const name of ['r2', 'r3']) await lab.admin.remove([{ kind: 'RealServer', name }]);
    await lab.restart();
    await lab.revive(director);
    await expect.poll(inTime(4_000, destinations)).toEqual([['web', '192.0.2.20']]);
    expect(Object.keys(weightsOf(director, 'web') ?? {})).toEqual(['r1']);
  });

  it('what was not asked for is refused, until the operator insists on it, and on it alone', async () => {
    await lab.admin.apply([service('api', { vips: ['192.0.2.30'] })]);
    await settled();
    director.judge = (next) =>
      next.asked?.some(({ subject, name }) => subject === 'service' && name === 'api')
        ? undefined
        : 'implausible';
    await lab.admin.apply([service('web', { persistenceSeconds: 60 })]);
    await expect.poll(refusals).toContain('d1 implausible');
    const forced = director.snapshots.length;
    await lab.admin.apply([service('web', { persistenceSeconds: 60 })], { force: true });
    await expect.poll(() => director.snapshots.length).toBeGreaterThan(forced);
    expect(lastOf(director)).toMatchObject({ force: true, asked: [{ subject: 'service', name: 'web' }] });
    await expect.poll(refusals).toContain('d1 implausible');
    expect(servers.flatMap(({ snapshots }) => snapshots).filter(({ force }) => force)).toEqual([]);
    await lab.admin.apply([service('api', { vips: ['192.0.2.30'] })], { force: true });
    await settled();
    // Once applied, it is over: the next change is judged again.
    await lab.admin.apply([service('api', { vips: ['192.0.2.30'], persistenceSeconds: 5 })]);
    await settled();
    expect(lastOf(director)).toMatchObject({ force: false, asked: [{ subject: 'service', name: 'api' }] });
  });
});
