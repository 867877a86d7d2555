// What agents find on their own hosts, as an operator sees it of the whole fleet: `causeway doctor --fleet`.
import { afterEach, expect, it } from 'vitest';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import { type Finding, findingKinds } from '../../src/domain/finding.ts';
import { run } from '../cli/fake-io.ts';
import { type Lab, openLab, site } from './harness.ts';

let lab: Lab | undefined;
afterEach(() => lab?.dispose());

const strict: Finding = {
  id: 'rp-filter-tunnel',
  level: 'fails',
  what: 'the reverse path filter of cw-ipip is strict',
  why: findingKinds['rp-filter-tunnel'].why,
  mend: 'sysctl -w net.ipv4.conf.cw-ipip.rp_filter=2',
};
const later: Finding = { id: 'of-a-later-version', level: 'warns', what: 'something new', why: '' };
const saying = (...findings: Finding[]): AgentReport => ({
  ...emptyReport,
  examination: { findings, well: 20, sinceMs: 1_000 },
});

it('shows each host’s findings, until they are others; who has said nothing is named', async () => {
  lab = await openLab();
  const { admin } = lab;
  // The command hangs up when it has its answer; the story goes on.
  const asked = { ...admin, close: () => {} };
  await admin.apply([site('fra')], { force: false });
  const web = await lab.realServer('fra-r1');
  await lab.director('fra-d1');
  const told = async () => {
    const { agents } = await admin.status({ isSummary: true, withExaminations: true });
    return agents.find(({ name }) => name === 'fra-r1')?.examination?.findings;
  };

  web.link.report(saying(strict, later));
  await expect.poll(told).toEqual([strict, later]);
  expect((await admin.status()).agents.every(({ examination }) => examination === undefined)).toBe(true);

  const shown = await run('doctor --fleet', { admin: asked });
  expect(shown).toMatchObject({ status: 1, err: '' });
  expect(shown.out).toMatch(
    /^realserver fra-r1 at fra, told \d+ \w+ ago.*\nFAILS {4}rp-filter-tunnel: the reverse/,
  );
  expect(shown.out).toContain('mend: sysctl -w net.ipv4.conf.cw-ipip.rp_filter=2\n');
  expect(shown.out).toContain(
    '1 agent that told nothing of its host (not connected, just started, or of a version before): director fra-d1\n',
  );

  // Changes of a report that do not mention it leave it as it was.
  web.link.report({ ...saying(strict, later), troubles: ['something else'] });
  await expect
    .poll(async () => (await admin.status()).agents.find(({ name }) => name === 'fra-r1')?.troubles)
    .toEqual(['something else']);
  expect(await told()).toEqual([strict, later]);

  web.link.report(saying());
  await expect.poll(told).toEqual([]);
  const well = await run('doctor --fleet --role realserver -o json', { admin: asked });
  expect({ status: well.status, fleet: JSON.parse(well.out).fleet }).toMatchObject({
    status: 0,
    fleet: [{ name: 'fra-r1', well: 20, findings: [] }],
  });
});
