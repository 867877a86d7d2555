import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CausewayError } from '../../src/domain/error.ts';
import { parseResources } from '../../src/resource/parse.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { settled } from './status.fixture.ts';

const site = 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n';
const web = `apiVersion: causeway/v1
kind: Service
metadata: { name: web }
spec:
  vips: [192.0.2.10]
  ports: [80/tcp]
  selector: { app: web }
  sites: [fra]
`;
const files = {
  'conf/site.yaml': site,
  'conf/web.yaml': web,
  'conf/notes.txt': '',
  'web.yaml': web,
  '-': site,
};

let admin: FakeCoordinator;
beforeEach(() => {
  admin = fakeCoordinator(settled, [
    {
      role: 'director',
      name: 'fra-d1',
      operations: ['add service tcp 192.0.2.10:80', 'add address 192.0.2.10/32 on lo'],
    },
    { role: 'realserver', name: 'fra-s1', operations: [] },
  ]);
});

describe('apply', () => {
  it('a directory, file by file, and says what became of each resource', async () => {
    const { status, out, err } = await run('apply -f conf', { admin, files });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe('RESOURCE     OUTCOME\nSite/fra     created\nService/web  created\n\nRevision 2.\n');
    expect((await run('apply -f conf', { admin, files })).out).toContain('Service/web  unchanged');
    expect(admin.closed).toBe(2);
  });

  it('several files and standard input, as JSON', async () => {
    const { out } = await run('apply -f - -f web.yaml --output json --force', { admin, files });
    expect(JSON.parse(out)).toEqual({
      revision: 2,
      storeRevision: 2,
      resources: [
        { kind: 'Site', name: 'fra', outcome: 'created' },
        { kind: 'Service', name: 'web', outcome: 'created' },
      ],
    });
    expect(admin.forced).toEqual([true]);
  });

  it('refuses a file with a mistake without asking anybody; status 1', async () => {
    const broken = { 'a.yaml': site, 'b.yaml': web.replace('80/tcp', '0/tcp') };
    const { status, out, err, connections } = await run('apply -f a.yaml -f b.yaml', {
      admin,
      files: broken,
    });
    expect({ status, out, connections }).toEqual({ status: 1, out: '', connections: [] });
    expect(err).toBe(
      'b.yaml:6: spec.ports[0]: found "0/tcp", expected a port from 1 to 65535, or a range of them, with a protocol, such as 80/tcp or 10000-20000/udp (tcp, udp, sctp)\n1 mistake; nothing was changed\n',
    );
  });

  it.each([
    [
      'a site that does not exist',
      web,
      ['b.yaml:8: spec.sites[0]: found "fra", expected a site that exists'],
    ],
    [
      'a selector that matches nothing',
      web.replace('app: web', 'app: shop').replace('  sites: [fra]\n', ''),
      [
        'b.yaml:7: spec.selector: found no real server, expected labels that a registered real server carries',
      ],
    ],
    [
      'a VIP used twice',
      `${site}---\n${web}---\n${web.replace('name: web', 'name: shop')}`,
      ['b.yaml:18: spec.vips[0]: found 192.0.2.10, expected a VIP of its own: Service/web has it'],
    ],
  ])('shows where the coordinator objects: %s; status 1, nothing stored', async (_name, text, lines) => {
    const { status, err } = await run('apply -f b.yaml', { admin, files: { 'b.yaml': text } });
    expect(status).toBe(1);
    expect(err.trimEnd().split('\n')).toEqual([...lines, '1 mistake; nothing was changed']);
    expect(admin.stored.size).toBe(0);
  });

  it('names the resource where the problem is not in the files', async () => {
    await run('apply -f conf', { admin, files });
    const other = web.replace('name: web', 'name: shop').replace('192.0.2.10', '192.0.2.11');
    admin.stored.delete('Site/fra');
    const { err } = await run('apply -f b.yaml', { admin, files: { 'b.yaml': other } });
    expect(err).toContain('Service/web: spec.sites[0]: found "fra"');
    expect(err).toContain('b.yaml:8: spec.sites[0]: found "fra"');
  });

  it('--dry-run plans', async () => {
    const { out } = await run('apply -f conf --dry-run', { admin, files });
    expect(out).toContain('add service tcp 192.0.2.10:80');
    expect(admin.stored.size).toBe(0);
  });
});

describe('plan', () => {
  it('prints each agent with its operations', async () => {
    const { status, out } = await run('plan -f conf', { admin, files });
    expect(status).toBe(0);
    expect(out).toBe(
      'director fra-d1\n  add service tcp 192.0.2.10:80\n  add address 192.0.2.10/32 on lo\n\nNothing to do on: realserver fra-s1\n',
    );
  });

  it('nothing to do, whoever is connected; with --exit-code, changes are 2', async () => {
    const quiet = fakeCoordinator({ ...settled, agents: [] });
    const planned = await run('plan -f conf --exit-code', { admin: quiet, files });
    expect(planned).toMatchObject({
      status: 2,
      err: '',
      out: '2 resources would be stored; no agent has anything to do for it.\n',
    });
    await run('apply -f conf', { admin: quiet, files });
    expect(await run('plan -f conf --exit-code', { admin: quiet, files })).toMatchObject({
      status: 0,
      out: 'Nothing to do.\n',
    });
    expect((await run('plan -f web.yaml --exit-code', { admin, files })).status).toBe(1);
    expect((await run('plan -f conf', { admin, files })).status).toBe(0);
  });

  it('says what an agent would refuse', async () => {
    const refusal = 'implausible: 4 of 6 destinations would go at once';
    const strict = fakeCoordinator(settled, [{ role: 'director', name: 'fra-d1', operations: [], refusal }]);
    const { out } = await run('plan -f conf', { admin: strict, files });
    expect(out).toBe(`director fra-d1\n  would be refused: ${refusal}\n`);
  });

  it('as YAML', async () => {
    const { out } = await run('plan -f conf --output yaml', { admin, files });
    expect(parse(out).agents[1]).toEqual({ role: 'realserver', name: 'fra-s1', operations: [] });
  });

  it('shows problems as apply does', async () => {
    expect(await run('plan -f web.yaml', { admin, files })).toMatchObject({ status: 1, out: '' });
  });
});

describe('get', () => {
  beforeEach(() => run('apply -f conf', { admin, files }));

  it('all, as tables', async () => {
    const { out } = await run('get', { admin });
    expect(out).toBe(
      [
        'SITE  TUNNEL',
        'fra   ipip',
        '',
        'SERVICE  VIPS        PORTS   SELECTOR  SCHEDULER  FORWARDING  PLACEMENT  SITES',
        'web      192.0.2.10  80/tcp  app=web   wrr        auto        optimal    fra',
        '',
      ].join('\n'),
    );
  });

  it('overrides with what is left of their time', async () => {
    const text = [
      'kind: pin, site: fra, share: 40%, services: [web], for: 90m',
      'kind: bias, site: lon, biasMs: -5, for: 3d',
      'kind: cap, realServer: fra-s1, connections: 9000, expires: 1970-01-01T00:16:39Z',
    ]
      .map(
        (spec, index) =>
          `apiVersion: causeway/v1\nkind: Override\nmetadata: { name: o${index} }\nspec: { ${spec}, owner: ann, reason: works }\n`,
      )
      .join('---\n');
    await run('apply -f o.yaml', { admin, files: { 'o.yaml': text } });
    const { out } = await run('get overrides', { admin });
    expect(out).toBe(
      [
        'OVERRIDE  KIND        SUBJECT             SERVICES  OWNER  REASON  LEFT',
        'o0        pin 40%     site fra            web       ann    works   2 h',
        'o1        bias -5 ms  site lon            all       ann    works   3 d',
        'o2        cap 9000    real server fra-s1  all       ann    works   expired',
        '',
      ].join('\n'),
    );
  });

  it('settings', async () => {
    const text =
      'apiVersion: causeway/v1\nkind: Settings\nmetadata: { name: default }\nspec: { removal: { services: 12.5% }, operators: [{ name: bob, sites: [fra] }] }\n';
    await run('apply -f s.yaml', { admin, files: { 's.yaml': text } });
    const { out } = await run('get settings', { admin });
    expect(out).toBe(
      [
        'SETTINGS  SERVICES REMOVED AT MOST  DESTINATIONS REMOVED AT MOST  OPERATORS',
        'default   12.5%                     50%                           bob',
        '',
      ].join('\n'),
    );
  });

  it('one, as YAML that apply takes back', async () => {
    const { out } = await run('get service web --output yaml', { admin });
    expect(parseResources(out, 'x')).toMatchObject({ resources: [admin.stored.get('Service/web')] });
  });

  it('one kind, as JSON', async () => {
    const { out } = await run('--output json get Sites', { admin });
    expect(JSON.parse(out)).toMatchObject([
      { apiVersion: 'causeway/v1', kind: 'Site', metadata: { name: 'fra' } },
    ]);
  });

  it('none', async () => {
    expect(await run('get realserver', { admin })).toMatchObject({
      status: 0,
      out: 'No RealServer is declared.\n',
    });
  });

  it('one that is not there: status 1', async () => {
    const { status, err } = await run('get site lon', { admin });
    expect({ status, err }).toEqual({
      status: 1,
      err: 'causeway: get Site/lon: there is no such resource\n',
    });
  });
});

describe('delete', () => {
  beforeEach(() => run('apply -f conf', { admin, files }));

  it('by name', async () => {
    expect(await run('delete service web', { admin })).toMatchObject({ status: 0 });
    expect([...admin.stored.keys()]).toEqual(['Site/fra']);
  });

  it('by files: services before the sites they name; what is gone already is no error', async () => {
    admin.stored.delete('Site/fra');
    const { status, out } = await run('delete -f conf', { admin, files });
    expect(status).toBe(0);
    expect(out).toBe('RESOURCE     OUTCOME\nService/web  deleted\nSite/fra     absent\n\nRevision 2.\n');
  });

  it('what is not declared any more, with --force; and what would go, with --dry-run', async () => {
    expect((await run('delete service shop', { admin })).status).toBe(1);
    const { status, out } = await run('delete service shop --force', { admin });
    expect(status).toBe(0);
    expect(out).toBe('RESOURCE      OUTCOME\nService/shop  deleted\n\nRevision 2.\n');
    expect((await run('delete service web --dry-run', { admin })).out).toContain(
      'director fra-d1\n  add service',
    );
    expect(admin.stored.has('Service/web')).toBe(true);
  });

  it('by a name that is not there: status 1', async () => {
    expect(await run('delete site lon', { admin })).toMatchObject({ status: 1, out: '' });
  });

  it('all of the files or none of them', async () => {
    const remove = admin.remove.bind(admin);
    admin.remove = async (ids, options) => {
      if (!ids.some(({ kind }) => kind === 'Site')) return remove(ids, options);
      throw new CausewayError({
        code: 'refused',
        operation: 'delete',
        subject: 'Site/fra',
        message: 'it is in use',
      });
    };
    const { status, out, err } = await run('delete -f conf', { admin, files });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toBe('causeway: delete Site/fra: it is in use\n');
    expect([...admin.stored.keys()]).toEqual(['Site/fra', 'Service/web']);
  });
});

describe('misuse: status 2, nothing asked', () => {
  it.each([
    [''],
    ['frobnicate'],
    ['apply'],
    ['apply -f'],
    ['apply -f - -f -'],
    ['apply web.yaml'],
    ['get lorries'],
    ['get site fra lon'],
    ['delete'],
    ['delete service'],
    ['delete service web -f web.yaml'],
    ['history service'],
    ['history --limit 0'],
    ['history lorry web'],
    ['diff'],
    ['diff yesterday'],
    ['rollback'],
    ['rollback now'],
    ['apply -f web.yaml --if-revision soon'],
    ['get --output xml'],
    ['get --timeout 0'],
    ['get --timeout soon'],
    ['get --coordinator :'],
    ['drain fra'],
    ['drain fra --for 30m'],
    ['drain fra --for 30 --reason works --owner ann'],
    ['drain fra --for 91d --reason works --owner ann'],
    ['drain fra --for 30m --reason works'],
    ['drain fra lon --for 30m --reason works --owner ann'],
    ['undrain'],
    ['explain'],
    ['explain web'],
    ['explain --from lon'],
    ['explain web fra-r1 fra-r2 --from lon'],
    ['explain --changed-since 10'],
    ['whatif'],
    ['whatif --service web'],
    ['whatif --site lon'],
    ['whatif --rtt fra:lon=abc'],
    ['completion fish'],
  ])('%s', async (line) => {
    const { status, err, out, connections } = await run(line, { admin, files });
    expect({ status, out, connections }).toEqual({ status: 2, out: '', connections: [] });
    expect(err).not.toBe('');
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('the coordinator', () => {
  it.each([
    ['get', {}, '127.0.0.1:7400', 10_000],
    ['get --insecure', { CAUSEWAY_COORDINATOR: 'c.example' }, 'c.example:7400', 10_000],
    [
      'get --coordinator [2001:db8::9]:1 --timeout 0.5',
      { CAUSEWAY_COORDINATOR: 'c', CAUSEWAY_INSECURE: 'true' },
      '[2001:db8::9]:1',
      500,
    ],
  ])('of %s with %j', async (line, env, address, timeoutMs) => {
    expect((await run(line, { admin, env })).connections).toEqual([{ address, timeoutMs, tls: undefined }]);
  });

  it('that does not answer: status 1, one line and how to name another', async () => {
    admin.status = async () => {
      throw new CausewayError({
        code: 'unavailable',
        operation: 'read status',
        message: 'no coordinator answers',
      });
    };
    const { status, err } = await run('status', { admin });
    expect(status).toBe(1);
    expect(err).toBe(
      'causeway: read status: no coordinator answers\n--coordinator or CAUSEWAY_COORDINATOR names another coordinator, --timeout waits longer. One that refuses your certificate says so in its own log.\n',
    );
    expect(admin.closed).toBe(1);
  });

  it('a bug shows no stack unless it is asked for', async () => {
    admin.status = async () => {
      throw new TypeError('x is undefined');
    };
    expect((await run('status', { admin })).err).not.toMatch(/\n\s+at /);
    expect((await run('status', { admin, env: { CAUSEWAY_DEBUG: '1' } })).err).toMatch(/\n\s+at /);
  });
});

it('files that are not there: status 1', async () => {
  expect(await run('apply -f absent.yaml', { admin })).toMatchObject({
    status: 1,
    err: 'absent.yaml: no such file\n',
  });
});

it('help lists every command; status 0', async () => {
  const { status, out } = await run('--help', { admin });
  expect(status).toBe(0);
  for (const name of [
    'apply',
    'plan',
    'get',
    'status',
    'explain',
    'whatif',
    'delete',
    'drain',
    'undrain',
    'lab',
    'completion',
  ])
    expect(out).toContain(`  ${name}`);
});

it.each(['bash', 'zsh'])('completion for %s knows the commands and their options', async (shell) => {
  const { status, out } = await run(`completion ${shell}`, { admin });
  expect(status).toBe(0);
  expect(out).toContain('complete -F _causeway causeway');
  expect(out).toMatch(/apply\) words='-f --file --force --dry-run --strict .*--no-wait .*-o --output/);
});
