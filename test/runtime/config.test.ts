import { describe, expect, it } from 'vitest';
import { type ConfigInputs, loadConfig } from '../../src/runtime/config.ts';
import type { Role } from '../../src/runtime/config-keys.ts';
import { ProgramExit } from '../../src/runtime/program-exit.ts';

interface Given {
  readonly argv?: string;
  readonly env?: Record<string, string>;
  /** Path to text. */
  readonly files?: Record<string, string>;
}

function inputs({ argv = '', env = {}, files = {} }: Given): ConfigInputs {
  return {
    argv: argv.split(' ').filter((word) => word !== ''),
    env,
    hostname: 'Fra-R1',
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
      return text;
    },
  };
}

function exitOf(role: Role, given: Given): { status: number; lines: string[] } {
  try {
    loadConfig(role, inputs(given));
  } catch (error) {
    if (error instanceof ProgramExit)
      return { status: error.status, lines: error.message.trimEnd().split('\n') };
    throw error;
  }
  throw new Error('it was accepted');
}

const needed = '--site fra --address 10.1.0.11 --coordinators 10.1.0.9 --insecure';
const file = '/etc/causeway/realserver.yaml';

describe('defaults', () => {
  it('of a real server', () => {
    expect(loadConfig('realserver', inputs({ argv: needed }))).toEqual({
      role: 'realserver',
      site: 'fra',
      name: 'fra-r1',
      address: '10.1.0.11',
      coordinators: ['10.1.0.9:7400'],
      labels: {},
      capacity: 10_000,
      dedicated: false,
      loadFile: undefined,
      observe: false,
      ...{ tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: true },
      stateDir: '/var/lib/causeway/realserver',
      sysctlDir: '/proc/sys',
      http: '0.0.0.0:7482',
      httpAllow: [],
      logLevel: 'info',
      cleanup: false,
    });
  });

  it('of a director', () => {
    expect(loadConfig('director', inputs({ argv: needed }))).toMatchObject({
      stateDir: '/var/lib/causeway/director',
      sysctlDir: '/proc/sys',
      http: '0.0.0.0:7481',
    });
  });

  it('of a coordinator', () => {
    expect(loadConfig('coordinator', inputs({ argv: '--site fra --name c1 --insecure' }))).toEqual({
      role: 'coordinator',
      site: 'fra',
      name: 'c1',
      listen: '0.0.0.0:7400',
      advertise: undefined,
      collector: true,
      etcd: undefined,
      etcdPrefix: '/causeway/',
      ...{ etcdCa: undefined, etcdCert: undefined, etcdKey: undefined },
      ...{ etcdUser: undefined, etcdPasswordFile: undefined, leaseSeconds: 10 },
      ...{ tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: true },
      ...{ tlsDenied: undefined, tlsIssuer: undefined },
      stateDir: '/var/lib/causeway/coordinator',
      http: '0.0.0.0:7480',
      httpAllow: [],
      logLevel: 'info',
    });
  });
});

describe('a coordinator is a collector of return paths', () => {
  const argv = '--site fra --name c1 --insecure';
  const ofFile = (text: string) =>
    loadConfig('coordinator', inputs({ argv, files: { '/etc/causeway/coordinator.yaml': text } })).collector;

  it.each([
    ['collector: on\n', true],
    ['collector: off\n', false],
    ['collector: false\n', false],
  ])('%j', (text, expected) => expect(ofFile(text)).toBe(expected));

  it('but where it is told otherwise by a flag', () => {
    expect(loadConfig('coordinator', inputs({ argv: `${argv} --collector off` })).collector).toBe(false);
  });

  it('and by nothing else', () => {
    expect(() => ofFile('collector: maybe\n')).toThrow('on or off');
  });
});

describe('who may ask by http', () => {
  const argv = '--site fra --name c1 --insecure';
  const networks = [
    { address: '10.1.0.0', prefixLength: 16 },
    { address: '2001:db8::1', prefixLength: 128 },
  ];

  it('is said by networks and hosts', () => {
    const text = 'site: fra\nname: c1\ninsecure: true\nhttpAllow: [10.1.0.0/16, "2001:db8::1"]\n';
    const files = { '/etc/causeway/coordinator.yaml': text };
    expect(loadConfig('coordinator', inputs({ files })).httpAllow).toEqual(networks);
    const flag = inputs({ argv: `${argv} --http-allow 10.1.0.0/16,2001:db8::1` });
    expect(loadConfig('coordinator', flag).httpAllow).toEqual(networks);
  });

  it.each(['10.1.0.0/33', 'fra', '10.1.0.0/16,'])('is none of %s', (text) => {
    expect(() => loadConfig('coordinator', inputs({ argv: `${argv} --http-allow ${text}` }))).toThrow(
      /--http-allow: found .*, expected networks such as 10\.1\.0\.0\/16/,
    );
  });
});

describe('an etcd', () => {
  const argv = '--site fra --name c1 --insecure';

  it('is named in the file', () => {
    const text = `site: fra
name: c1
insecure: true
etcd: [https://10.1.0.9:2379, https://etcd.lon.example, "https://[2001:db8::9]:1234/"]
etcdPrefix: /prod/causeway/
etcdCa: /etc/causeway/etcd-ca.pem
etcdUser: causeway
etcdPasswordFile: /etc/causeway/etcd-password
leaseSeconds: 30
`;
    const files = { '/etc/causeway/coordinator.yaml': text };
    expect(loadConfig('coordinator', inputs({ files }))).toMatchObject({
      etcd: ['https://10.1.0.9:2379', 'https://etcd.lon.example:2379', 'https://[2001:db8::9]:1234'],
      etcdPrefix: '/prod/causeway/',
      etcdCa: '/etc/causeway/etcd-ca.pem',
      etcdUser: 'causeway',
      leaseSeconds: 30,
    });
  });

  it.each(['2', '121', 'ten'])('leaves nobody a lease of %s seconds', (given) => {
    expect(() => loadConfig('coordinator', inputs({ argv: `${argv} --lease-seconds ${given}` }))).toThrow(
      /--lease-seconds: found .*, expected a whole number from 3 to 120/,
    );
  });

  it('or in a flag', () => {
    expect(
      loadConfig('coordinator', inputs({ argv: `${argv} --etcd http://a:2379,http://b:2379` })),
    ).toMatchObject({ etcd: ['http://a:2379', 'http://b:2379'] });
  });

  it.each([
    ['--etcd', '10.1.0.9:2379', 'one or more of http://HOST:PORT'],
    ['--etcd', 'http://a,https://b', 'one or more of http://HOST:PORT'],
    ['--etcd', 'http://a/v3', 'one or more of http://HOST:PORT'],
    ['--etcd-prefix', 'causeway', 'begins and ends with a slash'],
    ['--etcd-ca', 'ca.pem', 'an absolute path'],
  ])('%s %s is refused', (flag, value, expected) => {
    expect(exitOf('coordinator', { argv: `${argv} ${flag} ${value}` }).lines).toEqual([
      expect.stringContaining(expected),
    ]);
  });
});

describe('sources', () => {
  const text = `
site: lon
address: "2001:DB8::11"
coordinators: [a.example, "[2001:db8::9]:7401"]
labels: { app: web, tier: a }
capacity: 500
dedicated: true
insecure: true
loadFile: /run/load
stateDir: /srv/causeway
sysctlDir: /host/proc/sys
http: off
logLevel: debug
`;

  it('the file of the role, if it is there', () => {
    expect(loadConfig('realserver', inputs({ files: { [file]: text } }))).toMatchObject({
      site: 'lon',
      address: '2001:db8::11',
      coordinators: ['a.example:7400', '[2001:db8::9]:7401'],
      labels: { app: 'web', tier: 'a' },
      capacity: 500,
      dedicated: true,
      loadFile: '/run/load',
      stateDir: '/srv/causeway',
      sysctlDir: '/host/proc/sys',
      http: undefined,
      logLevel: 'debug',
    });
  });

  it.each([
    ['file before default', {}, '', 500],
    ['variable before file', { CAUSEWAY_CAPACITY: '600' }, '', 600],
    ['flag before variable', { CAUSEWAY_CAPACITY: '600' }, '--capacity 700', 700],
  ])('%s', (_name, env, argv, capacity) => {
    expect(loadConfig('realserver', inputs({ env, argv, files: { [file]: text } }))).toMatchObject({
      capacity,
    });
  });

  it('lists and labels as text, switches with their opposite', () => {
    const env = {
      CAUSEWAY_LABELS: 'app=web, tier=a',
      CAUSEWAY_COORDINATORS: 'a,b:1',
      CAUSEWAY_DEDICATED: '1',
    };
    const argv = '--site fra --address 10.1.0.11 --no-dedicated --insecure';
    expect(loadConfig('realserver', inputs({ env, argv }))).toMatchObject({
      labels: { app: 'web', tier: 'a' },
      coordinators: ['a:7400', 'b:1'],
      dedicated: false,
    });
  });

  it('cleaning up needs neither site nor address nor coordinators', () => {
    expect(loadConfig('director', inputs({ argv: '--cleanup' }))).toMatchObject({
      cleanup: true,
      coordinators: [],
    });
  });

  it('another file, which must then be there', () => {
    const config = loadConfig(
      'coordinator',
      inputs({ argv: '--config /c.yaml', files: { '/c.yaml': 'site: nyc\ninsecure: true' } }),
    );
    expect(config.site).toBe('nyc');
    expect(exitOf('coordinator', { argv: '--config /d.yaml' }).lines).toEqual([
      '/d.yaml: cannot be read (no such file: /d.yaml)',
    ]);
  });
});

describe('tls', () => {
  const agent = '--site fra --address 10.1.0.11 --coordinators 10.1.0.9';
  const files = (text: string) => ({ '/etc/causeway/coordinator.yaml': `site: fra\nname: c1\n${text}` });
  const three = { tlsCert: '/c.pem', tlsKey: '/c.key', tlsCa: '/ca.pem' };

  it('is a mapping in the file', () => {
    const text = 'tls: { cert: /c.pem, key: /c.key, ca: /ca.pem, denied: /denied, issuer: /issuer.pem }';
    expect(loadConfig('coordinator', inputs({ files: files(text) }))).toMatchObject({
      ...three,
      tlsDenied: '/denied',
      tlsIssuer: '/issuer.pem',
      insecure: false,
    });
  });

  it('or flags, or variables', () => {
    const argv = `${agent} --tls-cert /c.pem --tls-key /c.key`;
    expect(loadConfig('director', inputs({ argv, env: { CAUSEWAY_TLS_CA: '/ca.pem' } }))).toMatchObject(
      three,
    );
  });

  it.each([
    [
      'tls: { cert: /c.pem, certs: /x }',
      '3: tls.certs: found an unknown key, expected one of the keys cert, key, ca, denied, issuer',
    ],
    [
      'tls: [/c.pem]',
      '3: tls: found a list, expected a mapping with one of the keys cert, key, ca, denied, issuer',
    ],
    ['tls: { cert: c.pem }', '3: tls.cert: found "c.pem", expected an absolute path'],
    ['tlsCert: /c.pem', '3: tlsCert: found an unknown key'],
  ])('%s is refused with its place', (text, expected) => {
    const { lines } = exitOf('coordinator', { files: files(text) });
    expect(lines[0]).toContain(expected);
  });

  const elsewhere = "which is not this host's loopback, expected tls with cert, key and ca";
  it.each([
    ['coordinator', '--site fra --name c1', elsewhere],
    ['coordinator', '--site fra --name c1 --listen [::]:7400', elsewhere],
    ['coordinator', '--site fra --name c1 --listen 10.1.0.9:7400', elsewhere],
    ['director', agent, `found neither tls nor insecure, and 10.1.0.9:7400, ${elsewhere}`],
    ['realserver', `${agent},127.0.0.1`, elsewhere],
    ['director', '--site fra --address 10.1.0.11 --coordinators 127.0.0.1,c.example', elsewhere],
    ['director', `${agent} --tls-cert /c.pem`, 'found tls with cert alone, expected all of cert, key and ca'],
    ['director', `${agent} --tls-cert /c --tls-key /k --tls-ca /a --insecure`, 'found both tls and insecure'],
    ['coordinator', '--site fra --name c1 --tls-denied /d', 'found tls with denied alone'],
    ['coordinator', '--site fra --name c1 --tls-issuer /i', 'found tls with issuer alone'],
  ] as const)('%s %s is refused', (role, argv, expected) => {
    const { status, lines } = exitOf(role, { argv });
    expect(status).toBe(2);
    expect(lines).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    ['coordinator', '--site fra --name c1 --listen 127.0.0.1:7400'],
    ['coordinator', '--site fra --name c1 --listen [::1]:7400'],
    ['director', '--site fra --address 10.1.0.11 --coordinators localhost,127.0.0.2:7401'],
    ['director', `${agent} --insecure`],
    ['director', `${agent} --cleanup`],
    ['realserver', `${agent} --tls-cert /c.pem --tls-key /c.key --tls-ca /ca.pem`],
  ] as const)('%s %s is taken', (role, argv) => {
    expect(loadConfig(role, inputs({ argv })).role).toBe(role);
  });
});

describe('mistakes', () => {
  const keys =
    'site, name, address, coordinators, labels, capacity, dedicated, loadFile, tls, insecure, stateDir, sysctlDir, http, httpAllow, logLevel, observe';

  it('in the file: all of them, each with its line and what is allowed; status 1', () => {
    const text = 'site: Fra\naddress: 10.1.0\nspeed: 1\ncoordinators: a\nlabels: { tier: 1 }\ncapacity: 0\n';
    const { status, lines } = exitOf('realserver', { files: { [file]: text } });
    expect(status).toBe(2);
    expect(lines).toEqual([
      `${file}:3: speed: found an unknown key, expected one of the keys ${keys}`,
      expect.stringContaining(`${file}:1: site: found "Fra", expected a name of small letters`),
      `${file}:2: address: found "10.1.0", expected an IPv4 or IPv6 address, such as 10.1.0.2`,
      expect.stringContaining(`${file}:4: coordinators: found "a", expected one or more of host:port`),
      expect.stringContaining(`${file}:5: labels: found a mapping, expected labels such as app=web`),
      `${file}:6: capacity: found 0, expected a whole number from 1 to 100000000`,
    ]);
  });

  it.each([
    ['not a mapping', '- site', `${file}:1: found a list, expected a mapping with one of the keys ${keys}`],
    [
      'two documents',
      'site: a\n---\nsite: b',
      `${file}:3: found a second document, expected one configuration`,
    ],
    [
      'cleanup in the file',
      'cleanup: true',
      `${file}:1: cleanup: found an unknown key, expected one of the keys ${keys}`,
    ],
  ])('in the file: %s', (_name, text, line) => {
    expect(exitOf('realserver', { argv: needed, files: { [file]: text } })).toEqual({
      status: 2,
      lines: [line],
    });
  });

  it('in a variable: its name; status 1', () => {
    expect(exitOf('realserver', { argv: needed, env: { CAUSEWAY_LOG_LEVEL: 'loud' } })).toEqual({
      status: 2,
      lines: ['CAUSEWAY_LOG_LEVEL: found "loud", expected one of trace, debug, info, warn, error, silent'],
    });
  });

  it('in a flag: its name; status 2', () => {
    expect(exitOf('realserver', { argv: `${needed} --http :` })).toEqual({
      status: 2,
      lines: ['--http: found ":", expected host:port, such as 127.0.0.1:7481, or off'],
    });
  });

  it.each(['--colour red', '--site', 'up'])('a command line that is none (%s): status 2', (argv) => {
    expect(exitOf('director', { argv })).toMatchObject({ status: 2 });
  });

  it('something missing: every way to set it', () => {
    expect(exitOf('director', { argv: '--site fra --coordinators a' }).lines).toEqual([
      'address: found nothing, expected --address, CAUSEWAY_ADDRESS or "address:" in /etc/causeway/director.yaml with an IPv4 or IPv6 address, such as 10.1.0.2',
    ]);
  });

  it('a host name that can be no name', () => {
    expect(() => loadConfig('director', { ...inputs({ argv: needed }), hostname: 'my_host' })).toThrow(
      '--name (by default the host name): found "my_host"',
    );
  });
});

describe('asking', () => {
  it('help shows every flag and an example; status 0', () => {
    const { status, lines } = exitOf('realserver', { argv: '--help' });
    const text = lines.join('\n');
    expect(status).toBe(0);
    for (const flag of [
      '--labels',
      '--state-dir',
      '--no-dedicated',
      '--cleanup',
      'CAUSEWAY_STATE_DIR',
      'Example:',
    ]) {
      expect(text).toContain(flag);
    }
  });

  it('version; status 0', () => {
    expect(exitOf('director', { argv: '--version' })).toEqual({
      status: 0,
      lines: [expect.stringMatching(/^\d+\.\d+/)],
    });
  });
});
