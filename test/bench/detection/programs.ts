/** What runs on each host of the bench, as argument vectors and configuration files. */
import { join } from 'node:path';
import type { Resource } from '../../../src/domain/resource.ts';
import { coordinatorPort } from '../../../src/lab/programs.ts';
import { mistakeText } from '../../../src/resource/mistake.ts';
import { parseResources } from '../../../src/resource/parse.ts';
import { keepalivedConfiguration } from './keepalived.ts';
import { addressOf, client, coordinator, directors, realServers, site, vips } from './network.ts';
import { sides } from './requests.ts';

export interface Places {
  /** Causeway's programs. */
  readonly dist: string;
  /** The bench's own client, bundled. */
  readonly client: string;
  /** State directories, configurations, logs. */
  readonly run: string;
}

export interface ProgramPlan {
  /** Also names its log. */
  readonly name: string;
  readonly namespace: string;
  readonly kind: 'coordinator' | 'director' | 'agent' | 'application' | 'holder' | 'keepalived' | 'client';
  readonly argv: readonly string[];
  /** Configuration files, to be there before it starts. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface Load {
  /** New connections a second, to each VIP. */
  readonly rate: number;
  readonly timeoutMs: number;
}

export function planPrograms(places: Places, load: Load, keepalivedRetries: number): ProgramPlan[] {
  const applications = [...realServers.ours, ...realServers.keepalived];
  return [
    causeway('coordinator', 'coordinator', coordinator, places, ['--listen', `0.0.0.0:${coordinatorPort}`]),
    causeway('director', 'director', directors.ours, places, agentWords(directors.ours)),
    ...realServers.ours.flatMap((name) => [
      causeway('agent', 'realserver', name, places, [
        ...agentWords(name),
        ...['--labels', 'app=web', '--dedicated'],
      ]),
      holder(name),
    ]),
    ...applications.map((name) => application(name, places)),
    keepalived(places, keepalivedRetries),
    {
      name: client,
      namespace: client,
      kind: 'client',
      argv: [
        ...[process.execPath, places.client, String(load.rate), String(load.timeoutMs)],
        ...sides.map((side) => `${side}=${vips[side]}`),
      ],
      files: [],
    },
  ];
}

function agentWords(name: string): string[] {
  return ['--address', addressOf(name), '--coordinators', `${addressOf(coordinator)}:${coordinatorPort}`];
}

function causeway(
  kind: ProgramPlan['kind'],
  role: 'coordinator' | 'director' | 'realserver',
  name: string,
  { dist, run }: Places,
  words: readonly string[],
): ProgramPlan {
  const common = [
    '--site',
    site,
    '--name',
    name,
    '--state-dir',
    join(run, 'state', name),
    '--http',
    'off',
    '--insecure',
  ];
  const argv = [process.execPath, join(dist, `causeway-${role}.mjs`), ...common, ...words];
  return { name, namespace: name, kind, argv, files: [] };
}

/** In one process, so that one signal ends it. */
function application(host: string, { run }: Places): ProgramPlan {
  const name = `${host}-nginx`;
  const folder = join(run, name);
  const path = join(run, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `  ${what}_temp_path ${folder}-${what};\n`)
    .join('');
  const text = `daemon off;
master_process off;
pid ${folder}.pid;
error_log stderr;
events {
  worker_connections 1024;
}
http {
  access_log off;
${temporary}  server {
    listen 0.0.0.0:80;
    location / {
      default_type text/plain;
      return 200 "${host}\\n";
    }
  }
}
`;
  return {
    name,
    namespace: host,
    kind: 'application',
    argv: ['nginx', '-c', path],
    files: [{ path, text }],
  };
}

/**
 * Holds the probe's TCP port as the systemd socket unit does: whether or not an agent lives, the kernel completes the
 * handshake, and drops what is reset right after it (TCP_DEFER_ACCEPT, 9 of level 6).
 */
function holder(host: string): ProgramPlan {
  // One line, since the launcher's shell reads one a command.
  const script = [
    'use Socket qw(:DEFAULT pack_sockaddr_in6)',
    'socket(my $s, AF_INET6, SOCK_STREAM, 0) or die "socket: $!"',
    'setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1) or die "reuse: $!"',
    'setsockopt($s, 6, 9, 30) or die "defer: $!"',
    'bind($s, pack_sockaddr_in6(7483, "\\0" x 16)) or die "bind: $!"',
    'listen($s, 128) or die "listen: $!"',
    'sleep',
  ].join('; ');
  return {
    name: `${host}-holder`,
    namespace: host,
    kind: 'holder',
    argv: ['perl', '-e', script],
    files: [],
  };
}

/** The checker alone: no VRRP. */
function keepalived({ run }: Places, retries: number): ProgramPlan {
  const path = join(run, 'keepalived.conf');
  const pidFiles = ['-p', join(run, 'keepalived.pid'), '-c', join(run, 'keepalived-checker.pid')];
  return {
    name: directors.keepalived,
    namespace: directors.keepalived,
    kind: 'keepalived',
    argv: ['keepalived', '--dont-fork', '--log-console', '--check', '-f', path, ...pidFiles],
    files: [{ path, text: keepalivedConfiguration(retries) }],
  };
}

/** Equal and constant weights: what is measured is finding, not placing. */
export function resources(): readonly Resource[] {
  const parsed = parseResources(
    `apiVersion: causeway/v1
kind: Site
metadata: { name: ${site} }
spec:
  tunnel: { type: ipip }
---
apiVersion: causeway/v1
kind: Service
metadata: { name: web }
spec:
  vips: [${vips.ours}]
  ports: [80/tcp]
  selector: { app: web }
  placement: { policy: static, slowStartSeconds: 0 }
  health: { type: http, path: / }
`,
    'resources',
  );
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.map(mistakeText).join('; '));
  return parsed.resources;
}
