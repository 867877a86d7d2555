// systemd ignores directives that it does not know: a typing error would silently take a protection away.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { programs } from '../../deploy/build.ts';
import { probePort } from '../../src/domain/probe.ts';
import { programRoles } from '../../src/runtime/config-keys.ts';

const folder = new URL('../../deploy/systemd/', import.meta.url);

/** From systemd.unit(5), systemd.service(5), systemd.socket(5), systemd.exec(5), systemd.resource-control(5). */
const known: Readonly<Record<string, readonly string[]>> = {
  Unit: ['Description', 'Documentation', 'Wants', 'After', 'StartLimitIntervalSec'],
  Service: [
    'Type',
    'NotifyAccess',
    'WatchdogSec',
    'ExecStartPre',
    'ExecStart',
    'ExecReload',
    'Sockets',
    'Restart',
    'RestartSec',
    'RestartPreventExitStatus',
    'TimeoutStopSec',
    'StateDirectory',
    'StateDirectoryMode',
    'LogsDirectory',
    'LogsDirectoryMode',
    'UMask',
    'LimitNOFILE',
    'Environment',
    'Nice',
    'User',
    'RemoveIPC',
    'CapabilityBoundingSet',
    'AmbientCapabilities',
    'NoNewPrivileges',
    'ProtectSystem',
    'ProtectHome',
    'PrivateTmp',
    'PrivateDevices',
    'PrivateMounts',
    'ProtectClock',
    'ProtectControlGroups',
    'ProtectHostname',
    'ProtectKernelLogs',
    'ProtectKernelModules',
    'ProtectKernelTunables',
    'ProtectProc',
    'LockPersonality',
    'RestrictNamespaces',
    'RestrictRealtime',
    'RestrictSUIDSGID',
    'RestrictAddressFamilies',
    'SystemCallArchitectures',
    'SystemCallFilter',
  ],
  Socket: [
    'ListenStream',
    'BindIPv6Only',
    'FreeBind',
    'DeferAcceptSec',
    'Backlog',
    'FlushPending',
    'TriggerLimitIntervalSec',
  ],
  Install: ['WantedBy', 'Also'],
};

/** Commands, one after the other. */
const repeated = ['ExecStartPre', 'ExecReload'];
const socketUnit = 'causeway-realserver.socket';

interface Directive {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

function directives(unit: string): Directive[] {
  const text = readFileSync(new URL(unit, folder), 'utf8');
  const found: Directive[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    const header = /^\[(\w+)\]$/.exec(line);
    const directive = /^(\w+)=(.*)$/.exec(line);
    if (header !== null) section = header[1] ?? '';
    else if (directive !== null) found.push({ section, key: directive[1] ?? '', value: directive[2] ?? '' });
    else if (line !== '' && !line.startsWith('#'))
      throw new Error(`${unit}: neither directive nor comment: ${line}`);
  }
  return found;
}

function expectKnown(all: readonly Directive[]): void {
  for (const { section, key } of all) expect(known[section], `[${section}] ${key}`).toContain(key);
  const single = all.filter(({ key }) => !repeated.includes(key));
  expect(new Set(single.map(({ key }) => key)).size).toBe(single.length);
}

it('there is a unit for each program that runs all the time, and the socket of the real server', () => {
  const services = programRoles.map((role) => `causeway-${role}.service`);
  expect(readdirSync(folder).sort()).toEqual([...services, socketUnit].sort());
});

describe.each(programRoles)('the unit of the %s', (role) => {
  const all = directives(`causeway-${role}.service`);
  const value = (key: string) => all.find((directive) => directive.key === key)?.value;

  it('has only directives that exist, each once, in their section', () => {
    expectKnown(all);
  });

  it('starts its program and keeps its state where the program looks for it', () => {
    expect(Object.keys(programs)).toContain(`causeway-${role}`);
    expect(value('ExecStart')).toBe(`/usr/bin/causeway-${role}`);
    expect(value('StateDirectory')).toBe(`causeway/${role}`);
  });

  it('restarts whatever ended it but a wrong configuration, and whoever hangs', () => {
    expect(value('Restart')).toBe('always');
    expect(value('RestartPreventExitStatus')).toBe('2');
    expect([value('Type'), value('NotifyAccess')]).toEqual(['notify', 'all']);
    expect(Number(value('WatchdogSec'))).toBeGreaterThanOrEqual(30);
  });

  it('waits for no other program of ours: a coordinator is ready when it answers, and its etcd may be away', () => {
    for (const key of ['After', 'Wants']) expect(value(key)).not.toMatch(/causeway-/);
  });

  it('has the one capability that it needs', () => {
    const needed = role === 'coordinator' ? '' : 'CAP_NET_ADMIN';
    expect(value('CapabilityBoundingSet')).toBe(needed);
    expect(value('NoNewPrivileges')).toBe('yes');
  });

  it('can write net.* sysctls exactly where it must, and speak netlink: the coordinator learns its own addresses by it', () => {
    expect(value('ProtectKernelTunables')).toBe(role === 'coordinator' ? 'yes' : undefined);
    expect(value('RestrictAddressFamilies')).toBe('AF_UNIX AF_INET AF_INET6 AF_NETLINK');
  });
});

it('the coordinator may read what a bundle brings, and runs no shell for it', () => {
  const all = directives('causeway-coordinator.service');
  const commands = (key: string) => all.filter((one) => one.key === key).map(({ value }) => value);
  const files = ['coordinator.yaml', 'coordinator.pem', 'coordinator.key', 'issuer.pem', 'ca.pem', 'denied'];
  const named = files.map((file) => `/etc/causeway/${file}`).join(' ');
  expect(commands('ExecStartPre')).toEqual([
    `-+/usr/bin/chgrp -f ${all.find(({ key }) => key === 'User')?.value} ${named}`,
    `-+/usr/bin/chmod -f g+r ${named}`,
  ]);
  expect(commands('ExecReload')).toEqual([...commands('ExecStartPre'), '/bin/kill -HUP $MAINPID']);
  for (const role of programRoles) {
    const started = directives(`causeway-${role}.service`).filter(({ key }) => key.startsWith('Exec'));
    for (const { value } of started) expect(value).not.toMatch(/\bsh\b|bash/);
  }
});

/** As `systemd-analyze security` of systemd 252 counts: 0 is shut, 10 is root with everything. */
const exposure: readonly [unit: string, measured: number, most: number][] = [
  ['causeway-coordinator.service', 1.7, 2.0],
  ['causeway-director.service', 2.5, 2.7],
  ['causeway-realserver.service', 2.5, 2.7],
];

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const noTool = analyze.status === 0 ? '' : ' (skipped: there is no systemd-analyze here)';

it.skipIf(noTool !== '').each(exposure)(
  `%s is open to %s, at most %s${noTool}`,
  { timeout: 30_000 },
  (unit, measured, most) => {
    const path = fileURLToPath(new URL(unit, folder));
    const words = ['security', '--offline=true', '--no-pager', path];
    const { stdout } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    const found = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
    expect(found).toBeLessThanOrEqual(most);
    // Another version of systemd counts otherwise; of this one each tenth is known.
    if (analyze.stdout.startsWith('systemd 252 ')) expect(found).toBe(measured);
  },
);

describe('the socket of the real server', () => {
  const all = directives(socketUnit);
  const value = (key: string) => all.find((directive) => directive.key === key)?.value;

  it('has only directives that exist, each once, in their section', () => {
    expectKnown(all);
  });

  it('listens on the probe port, for both families', () => {
    expect(value('ListenStream')).toBe(String(probePort));
    expect(value('BindIPv6Only')).toBe('both');
  });

  it('is not woken by handshakes, and never closed by systemd', () => {
    expect(Number(value('DeferAcceptSec'))).toBeGreaterThan(0);
    expect(value('TriggerLimitIntervalSec')).toBe('0');
  });

  it('comes up with the service, which it outlives', () => {
    const service = directives('causeway-realserver.service');
    expect(service.filter(({ value: of }) => of === socketUnit).map(({ key }) => key)).toEqual([
      'Sockets',
      'Also',
    ]);
    expect(service.find(({ key }) => key === 'StartLimitIntervalSec')?.value).toBe('0');
    expect(all.map(({ key }) => key)).not.toContain('PartOf');
  });
});
