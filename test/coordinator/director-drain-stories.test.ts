import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { Override } from '../../src/domain/resource.ts';
import { disagreesAfterMs } from '../../src/plan/observe/disagreements.ts';
import { override } from '../plan/fixtures.ts';
import { type FakeAgent, type Lab, lastOf, openLab, service, site } from './harness.ts';

describe('two directors of a site', () => {
  let lab: Lab;
  let directors: readonly FakeAgent[];
  beforeEach(async () => {
    lab = await openLab();
    directors = [await lab.director('fra-d1'), await lab.director('fra-d2', { address: '10.1.1.2' })];
    await lab.realServer('fra-r1');
    await lab.admin.apply([site('fra'), service('web', { scheduler: 'mh' })]);
  });
  afterEach(() => lab.dispose());

  const drain = (name: string): Override =>
    override({
      name: `drain-director-${name}`,
      subject: { kind: 'director', name },
      expiresAtMs: Date.now() + 3_600_000,
    });
  /** Of each: whether it is told to attract nobody, and how many destinations it keeps. */
  const told = () =>
    directors.map((one) => {
      const snapshot = lastOf(one);
      const [web] = snapshot?.kind === 'director' ? snapshot.services : [];
      return [web?.withdrawn, web?.destinations.length];
    });

  it('one is drained: it attracts nobody, keeps its table, and comes back', async () => {
    await expect.poll(told).toEqual([
      [false, 1],
      [false, 1],
    ]);
    expect((await lab.admin.apply([drain('fra-d1')])).problems).toEqual([]);
    await expect.poll(told).toEqual([
      [true, 1],
      [false, 1],
    ]);
    expect((await lab.admin.status()).drains).toMatchObject([{ director: 'fra-d1', service: 'web' }]);
    const { problems } = await lab.admin.apply([drain('fra-d2')]);
    expect(problems.map(({ path, found }) => [path, found])).toEqual([['spec.director', 'fra-d2']]);
    expect((await lab.admin.apply([drain('fra-d2')], { force: true })).problems).toEqual([]);
    await expect.poll(() => told().map(([isWithdrawn]) => isWithdrawn)).toEqual([true, true]);
    await lab.admin.remove([drain('fra-d1'), drain('fra-d2')]);
    await expect.poll(() => told().map(([isWithdrawn]) => isWithdrawn)).toEqual([false, false]);
  });

  it('that would not choose alike are named, and counted for a scrape', async () => {
    const sinceMs = Date.now() - disagreesAfterMs;
    for (const [index, one] of directors.entries()) {
      const choices = [{ service: 'web', content: `${index}`, order: 'o', sinceMs }];
      one.link.report({ ...emptyReport, choices });
    }
    const found = async () => (await lab.admin.status()).disagreements;
    await expect
      .poll(found)
      .toEqual([{ service: 'web', site: 'fra', directors: ['fra-d1', 'fra-d2'], about: 'content', sinceMs }]);
    expect(await lab.coordinator.metrics.registry.metrics()).toContain(
      'causeway_coordinator_directors_disagree{service="web",site="fra",about="content"} 1',
    );
  });
});
