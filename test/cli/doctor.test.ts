// `causeway doctor` without a host: which configuration it takes, what it shows, and how it ends.
import { expect, test } from 'vitest';
import type { ExaminationRequest } from '../../src/cli/doctor-host.ts';
import { CausewayError } from '../../src/domain/error.ts';
import type { HostExamination } from '../../src/domain/host-examination.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { status } from './status.fixture.ts';

const yaml = `site: fra
name: fra-r1
address: 10.1.0.11
coordinators: [10.1.0.9]
insecure: true
`;

const well: HostExamination = {
  survey: {
    value: {
      links: [{ name: 'eth0', kind: undefined, up: true, mtu: 1_500 }],
      addresses: [{ link: 'eth0', address: '10.1.0.11', prefixLength: 24 }],
      ways: new Map(),
      clients: {},
      strict: new Set(),
      ipv6: 'on',
      filters: { chains: [] },
    },
  },
  settings: new Map(),
  settingFiles: { value: [] },
  modules: { value: new Map() },
  hasNft: { value: true },
  tables: { value: [] },
  provider: { value: 'other' },
  coordinators: { value: [{ endpoint: '10.1.0.9:7400', aheadMs: 0 }] },
  program: { value: {} },
};
const noNft: HostExamination = { ...well, hasNft: { value: false } };

async function doctor(line: string, files: Readonly<Record<string, string>>, found: HostExamination = well) {
  const asked: ExaminationRequest[] = [];
  const examine = async (request: ExaminationRequest) => {
    asked.push(request);
    return found;
  };
  const ran = await run(`doctor ${line}`, { admin: fakeCoordinator(status), files, io: { examine } });
  return { ...ran, asked };
}

const usual = { '/etc/causeway/realserver.yaml': yaml };

test('it finds the configuration, asks about that host, connects to no coordinator, and ends with 0', async () => {
  const { status: exit, out, err, asked, connections } = await doctor('', usual);
  expect({ exit, err, connections }).toEqual({ exit: 0, err: '', connections: [] });
  expect(out).toMatch(
    /^realserver fra-r1 \(\/etc\/causeway\/realserver.yaml\)\nUNKNOWN {2}configuration: no coordinator/,
  );
  expect(out).toMatch(/\n\d+ questions asked, and all well\n$/);
  expect(asked).toMatchObject([
    { coordinators: ['10.1.0.9:7400'], http: expect.stringContaining(':7482'), program: 'realserver' },
  ]);
  expect(asked[0]?.question(['eth0']).settings).toContain('net.ipv4.conf.eth0.rp_filter');
});

test('what fails stands first, with why and the command that mends it, and ends with 1', async () => {
  const { status: exit, out, err } = await doctor('--role realserver', usual, noNft);
  expect({ exit, err }).toEqual({ exit: 1, err: '' });
  expect(out.split('\n').slice(1, 4)).toEqual([
    expect.stringMatching(
      /^FAILS {4}kernel-nft: there is no program nft on this host: install the package nftables/,
    ),
    expect.stringMatching(/^ {9}why: a director's probes are marked by it/),
    '         mend: apt-get install -y nftables',
  ]);
  const json = JSON.parse((await doctor('-o json', usual, noNft)).out);
  expect(json).toMatchObject({
    examined: [
      {
        role: 'realserver',
        name: 'fra-r1',
        findings: expect.arrayContaining([
          expect.objectContaining({ id: 'kernel-nft', level: 'fails', mend: 'apt-get install -y nftables' }),
          expect.objectContaining({ id: 'clock', level: 'ok' }),
        ]),
      },
    ],
  });
});

test('each role that has a configuration is examined', async () => {
  const files = { ...usual, '/etc/causeway/director.yaml': yaml.replace('fra-r1', 'fra-d1') };
  const { asked, out } = await doctor('', files);
  expect(asked.map(({ program }) => program)).toEqual(['director', 'realserver']);
  expect(out).toContain('director fra-d1');
});

test('without a configuration it looks at what it can, and says what it cannot judge', async () => {
  const { status: exit, out } = await doctor('--role director', {});
  expect(exit).toBe(0);
  expect(out).toContain('UNKNOWN  configuration: no configuration of this host was found');
  expect(out).not.toContain('vip-place');
});

test('a snapshot that may not be read is unknown, and says who may', async () => {
  const readFile = (path: string): string => {
    if (path.endsWith('.yaml')) return yaml;
    throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  };
  const world = { admin: fakeCoordinator(status), files: usual, io: { readFile, examine: async () => well } };
  const { out } = await run('doctor', world);
  expect(out).toMatch(
    /UNKNOWN {2}configuration: .*snapshot\.json cannot be read .*: run as root \(sudo causeway doctor\)/,
  );
});

test.each([
  ['no configuration, no role', '', {}, /no configuration in \/etc\/causeway .*: say --role, or --config/],
  ['an unknown role', '--role router', {}, /--role <ROLE>.*router.*director, realserver, coordinator/],
  [
    'a file that says no role',
    '--config /tmp/x.yaml',
    {},
    /"\/tmp\/x\.yaml", whose name says no role: say --role/,
  ],
  [
    'a file that is not there',
    '--role director --config /tmp/x',
    {},
    /\/tmp\/x: cannot be read \(no such file\)/,
  ],
  [
    'a mistake in the file',
    '',
    { '/etc/causeway/realserver.yaml': yaml.replace('10.1.0.11', 'ten') },
    /\/etc\/causeway\/realserver\.yaml:3: address: found "ten", expected an IPv4 or IPv6 address/,
  ],
])('%s: it says so, and ends with 2', async (_, line, files, said) => {
  const { status: exit, err, asked } = await doctor(line, files);
  expect(exit).toBe(2);
  expect(err).toMatch(said);
  expect(asked).toEqual([]);
});

test('the fleet needs a coordinator: without one it is a line, and 1', async () => {
  const gone = new CausewayError({
    code: 'unavailable',
    operation: 'read status',
    message: 'no coordinator',
  });
  const admin = { ...fakeCoordinator(status), status: () => Promise.reject(gone) };
  const ran = await run('doctor --fleet', { admin });
  expect({ status: ran.status, out: ran.out }).toEqual({ status: 1, out: '' });
  expect(ran.err).toMatch(/^causeway: .*no coordinator\n--coordinator or CAUSEWAY_COORDINATOR/);
  const misused = await run('doctor --fleet --role coordinator', { admin });
  expect(misused).toMatchObject({ status: 2, err: expect.stringContaining('--fleet asks agents') });
});
