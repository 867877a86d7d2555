// The history as operators have it: their own commands against a coordinator with a store, and agents that follow.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type FakeAgent, type Lab, openLab, weightsOf } from '../coordinator/harness.ts';
import { run } from './fake-io.ts';

const site = 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n';
const service = (name: string, change: Record<string, string> = {}) => {
  const spec = {
    vips: `[192.0.2.${10 + (name.charCodeAt(name.length - 1) % 100)}]`,
    ports: '[80/tcp]',
    selector: '{ app: web }',
    placement: '{ policy: local }',
    ...change,
  };
  const lines = Object.entries(spec).map(([key, value]) => `  ${key}: ${value}\n`);
  return `apiVersion: causeway/v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n${lines.join('')}`;
};
const settings = (removal: string) =>
  `apiVersion: causeway/v1\nkind: Settings\nmetadata: { name: default }\nspec: { removal: ${removal} }\n`;

describe('the history', () => {
  let lab: Lab;
  let director: FakeAgent;
  beforeEach(async () => {
    lab = await openLab();
    director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.realServer('r2');
  });
  afterEach(() => lab.dispose());

  /** As ann types it; `-f -` reads the text. A word in double quotes is one. */
  function causeway(line: string, text = '', user = 'ann') {
    const words = line.match(/"[^"]*"|\S+/g) ?? [];
    const admin = { ...lab.admin, close: () => {} };
    const world = { admin, files: { '-': text }, env: { USER: user }, io: { clock: realClock } };
    return run(
      words.map((word) => word.replaceAll('"', '')),
      world,
    );
  }
  const done = async (line: string, text = '', user = 'ann') => {
    const ran = await causeway(`${line} --no-wait`, text, user);
    expect(ran.err.replace(/^warning.*\n/gm, '')).toBe('');
    return ran;
  };
  const history = async (line = '') => {
    const { out } = await causeway(`history ${line} --output json`);
    return (JSON.parse(out) as { revisions: Record<string, unknown>[] }).revisions;
  };

  it('names who, what and why, the newest first; the same again makes no revision', async () => {
    const first = await done('apply -f - -m begin', `${site}---\n${service('a')}`);
    expect(first.out).toContain('\nRevision 1.\n');
    const again = await done('apply -f - -m begin', `${site}---\n${service('a')}`);
    expect(again.out).not.toContain('Revision');
    await done('apply -f -', service('a', { scheduler: 'wlc' }), 'bob');
    await done('drain fra --for 30m --reason racks', '', 'bob');
    await done('undrain fra -m back');
    await done('delete service a');
    const { out, status } = await causeway('history');
    expect(status).toBe(0);
    const [header, ...rows] = out.trimEnd().split('\n');
    expect(header).toMatch(/^REVISION +TIME +AUTHOR +ACTION +CHANGES +MESSAGE$/);
    expect(rows.map((row) => row.replace(/ {2,}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, '').split(/ {2,}/))).toEqual(
      [
        ['5', 'ann (told)', 'delete', 'Service/a deleted', '-'],
        ['4', 'ann (told)', 'delete', 'Override/drain-fra deleted', 'back'],
        ['3', 'bob (told)', 'apply', 'Override/drain-fra created', 'racks'],
        ['2', 'bob (told)', 'apply', 'Service/a changed', '-'],
        ['1', 'ann (told)', 'apply', 'Site/fra created, Service/a created', 'begin'],
      ],
    );
    expect((await history('--limit 2')).map(({ revision }) => revision)).toEqual([5, 4]);
    expect((await history('service a')).map(({ revision }) => revision)).toEqual([5, 2, 1]);
    expect((await causeway('history --limit 1 --output yaml')).out).toContain('authorTold: true\n');
  });

  it('shows what differs between two revisions, both ways, and now', async () => {
    await done('apply -f -', `${site}---\n${service('a')}`);
    await done('apply -f -', service('a', { scheduler: 'wlc', drainSeconds: '60' }));
    await done('apply -f -', service('b'));
    expect((await causeway('diff 1 2')).out).toBe(
      'Service/a changed\n  - spec.scheduler: wrr\n  + spec.scheduler: wlc\n  + spec.drainSeconds: 60\n',
    );
    expect((await causeway('diff 2 1')).out).toBe(
      'Service/a changed\n  - spec.scheduler: wlc\n  + spec.scheduler: wrr\n  - spec.drainSeconds: 60\n',
    );
    const since = await causeway('diff 1');
    expect(since.out).toContain('Service/a changed\n');
    expect(since.out).toContain('Service/b created\n  + spec.vips: ["192.0.2.108"]\n');
    await done('apply -f -', service('a'));
    // Changed and changed back is no difference.
    expect((await causeway('diff 1 4')).out).not.toContain('Service/a');
    expect((await causeway('diff now 3')).out).toBe(
      'Service/a changed\n  - spec.scheduler: wrr\n  + spec.scheduler: wlc\n  + spec.drainSeconds: 60\n',
    );
    expect((await causeway('diff 4 4')).out).toBe('No difference.\n');
    const told = JSON.parse((await causeway('diff 1 2 --output json')).out);
    expect(told).toMatchObject({
      from: 1,
      to: 2,
      changes: [
        {
          ...{ kind: 'Service', name: 'a', outcome: 'changed' },
          before: { spec: { scheduler: 'wrr' } },
          after: { spec: { scheduler: 'wlc' } },
          differences: [
            { path: 'spec.scheduler', before: 'wrr', after: 'wlc' },
            { path: 'spec.drainSeconds', after: 60 },
          ],
        },
      ],
    });
    expect(await causeway('diff 1 9')).toMatchObject({
      status: 1,
      err: 'causeway: compare revision 9: the newest is 4\n',
    });
  });

  it('rolls back: what was changed, deleted and created since; agents follow, and the plan says so before', async () => {
    await done('apply -f -', `${site}---\n${service('a')}---\n${service('b')}`);
    await done('apply -f -', service('a', { selector: '{ app: other }' }));
    await done('delete service b');
    await done('apply -f -', service('c'));
    await done('drain r2 --for 1h --reason disks');
    const planned = await causeway('rollback 1 --dry-run');
    expect(planned.out).toContain(
      'RESOURCE   OUTCOME\nService/a  changed\nService/b  created\nService/c  deleted\n',
    );
    expect(planned.out).toContain('Left as it is: Override/drain-r2\n');
    expect(planned.out).toContain('director d1\n');
    expect(await history()).toHaveLength(5);
    const rolled = await causeway('rollback 1 -m "too early"');
    expect(rolled).toMatchObject({ status: 0 });
    expect(rolled.out).toContain('\nRevision 6.\n');
    expect(rolled.err).toContain('up to date');
    await expect.poll(() => Object.keys(weightsOf(director, 'b'))).toEqual(['r1', 'r2']);
    expect(Object.keys(weightsOf(director, 'c'))).toEqual([]);
    expect((await causeway('diff 1 6')).out).toMatch(/^Override\/drain-r2 created\n( {2}\+ .*\n)+$/);
    expect((await history('--limit 1'))[0]).toMatchObject({
      ...{ revision: 6, action: 'rollback', rolledBackTo: 1, message: 'too early' },
    });
    // What it removes counts as asked for, and it can be taken back itself.
    await causeway('rollback 5');
    await expect.poll(() => Object.keys(weightsOf(director, 'c'))).toEqual(['r1', 'r2']);
    expect((await causeway('rollback 7')).out).toBe('Everything is as it was then.\n');
    expect((await causeway('rollback 12')).err).toBe('causeway: rollback revision 12: the newest is 7\n');
  });

  it('a condition on the revision: what nobody else has changed goes through, what somebody has names him', async () => {
    await done('apply -f -', `${site}---\n${service('a')}---\n${service('b')}`);
    await done('apply -f - -m "more of it"', service('a', { scheduler: 'wlc' }), 'bob');
    const refused = await causeway('apply -f - --if-revision 1', service('a', { scheduler: 'sh' }));
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toBe(
      'causeway: apply Service/a: changed by revision 2 of bob (told): more of it, after revision 1: look (causeway diff 1 now), and decide again\n',
    );
    expect((await causeway('delete service a --if-revision 1')).err).toContain(
      'changed by revision 2 of bob',
    );
    await done('apply -f - --if-revision 1', service('b', { scheduler: 'wlc' }));
    await done('apply -f - --if-revision 3', service('a', { scheduler: 'sh' }));
    // As somebody else wanted it too: nothing is changed, so nothing is in conflict.
    await done('apply -f - --if-revision 1', service('a', { scheduler: 'sh' }));
    expect((await causeway('delete service a --if-revision 9')).err).toContain('the newest revision is 4');
    // Deleted meanwhile is changed meanwhile.
    await done('delete service b', '', 'bob');
    expect((await causeway('apply -f - --if-revision 4', service('b'))).err).toContain(
      'deleted by revision 5 of bob',
    );
  });

  it('a change that would remove more than the settings let it is refused, until its author says that he means it', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const folder = names.map((name) => service(name)).join('---\n');
    await done('apply -f -', `${site}---\n${folder}`);
    const planned = await causeway('delete -f - --dry-run', folder);
    expect(planned.out).toMatch(/^Would be refused: it would remove 4 of 4 services/);
    const refused = await causeway('delete -f -', folder);
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toBe(
      'causeway: delete: it would remove 4 of 4 services, where a change may remove 50% (Settings/default, spec.removal.services): --allow-removal if that is meant\n',
    );
    // Two of four are half of them.
    await done('delete -f -', folder.split('---\n').slice(0, 2).join('---\n'));
    expect((await causeway('rollback 0')).err).toContain('delete Site/fra: Director/d1, RealServer/r1');
    await done('rollback 1');
    await done('apply -f -', settings('{ services: 25%, destinations: 25% }'));
    expect((await causeway('delete -f -', folder.split('---\n').slice(0, 2).join('---\n'))).err).toContain(
      '2 of 4 services, where a change may remove 25%',
    );
    // The settings that count are those of before.
    await lab.realServer('r3', { labels: { app: 'gold' } });
    const gold = `${settings('{ destinations: 100% }')}---\n${folder.replaceAll('app: web', 'app: gold')}`;
    expect((await causeway('apply -f -', gold)).err).toContain(
      '4 of 8 destinations of services that stay, where a change may remove 25%',
    );
    await done('delete -f - --allow-removal', folder);
    expect((await history('--limit 1'))[0]).toMatchObject({ allowRemoval: true, force: false });
    expect((await causeway('history --limit 1')).out).toContain('delete --allow-removal');
  });
});
