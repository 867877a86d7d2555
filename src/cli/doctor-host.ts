/** How `causeway doctor` looks at the host that it runs on. */
import { get } from 'node:http';
import { connect } from 'node:net';
import { messageOf } from '../domain/error.ts';
import type {
  ExaminationQuestion,
  HostExamination,
  OwnProgram,
  ReachedCoordinator,
  Seen,
} from '../domain/host-examination.ts';
import { roles } from '../domain/role.ts';
import { type ExaminedHost, examineHost } from '../kernel/examine-host.ts';
import { createHost } from '../kernel/host.ts';
import { realClock } from '../runtime/system-clock.ts';

export interface ExaminationRequest {
  readonly question: (links: readonly string[]) => ExaminationQuestion;
  /** `host:port`; undefined: no configuration says. */
  readonly coordinators: readonly string[] | undefined;
  /** Where the program of this host serves /metrics and /healthz; undefined: nowhere. */
  readonly http: string | undefined;
  readonly program: 'director' | 'realserver' | 'coordinator';
}

const deadlineMs = 2_000;
const coordinatorHttpPort = 7480;
const coordinatorsAtMost = 16;
/** All that a director of 24,000 real servers shows takes it seconds. */
const metricsDeadlineMs = 10_000;
const bytesAtMost = 64 << 20;

export async function examineThisHost(request: ExaminationRequest): Promise<HostExamination> {
  const { question, coordinators, http, program } = request;
  const host = await createHost().catch((error: unknown) => messageOf(error));
  try {
    const [seen, reached, own] = await Promise.all([
      examineHost({ host: typeof host === 'string' ? blind(host) : host, clock: realClock }, question),
      coordinators === undefined
        ? ({ unseen: 'no configuration says where they are' } as const)
        : reachAll(coordinators),
      ownProgram(http, program),
    ]);
    return { ...seen, coordinators: reached, program: own };
  } finally {
    if (typeof host !== 'string') host.close();
  }
}

/** Where the kernel is not asked at all (no Linux, netlink forbidden), each question says so. */
function blind(why: string): ExaminedHost['host'] {
  const refuse = () => Promise.reject(new Error(why));
  return { survey: refuse, sysctl: refuse, nftTables: refuse };
}

async function reachAll(endpoints: readonly string[]): Promise<Seen<readonly ReachedCoordinator[]>> {
  return { value: await Promise.all(endpoints.slice(0, coordinatorsAtMost).map(reach)) };
}

async function reach(endpoint: string): Promise<ReachedCoordinator> {
  const { host, port } = parts(endpoint);
  const problem = await handshake(host, port);
  const date = await ask(`${httpHost(host)}:${coordinatorHttpPort}`, '/healthz').then(
    (answer) => answer.dateMs,
    () => undefined,
  );
  return {
    endpoint,
    ...(problem === undefined ? {} : { problem }),
    ...(date === undefined ? {} : { aheadMs: realClock.nowMs() - date }),
  };
}

function handshake(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: deadlineMs });
    const end = (problem?: string) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(`no answer within ${deadlineMs / 1_000} s`));
    socket.once('error', (error) => end(messageOf(error)));
  });
}

async function ownProgram(
  http: string | undefined,
  program: ExaminationRequest['program'],
): Promise<Seen<OwnProgram>> {
  if (http === undefined) return { unseen: 'its configuration has it serve no /healthz (http: off)' };
  const { host, port } = parts(http);
  const here = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const at = `${httpHost(here)}:${port}`;
  try {
    const health = await ask(at, '/healthz');
    const trouble = health.status === 200 ? {} : { trouble: health.text.trim().slice(0, 500) };
    const paths = program === 'director' ? await pathsAt(at) : {};
    return { value: { ...trouble, ...paths } };
  } catch (error) {
    return { value: { absent: `${at}: ${messageOf(error)}` } };
  }
}

async function pathsAt(at: string): Promise<Pick<OwnProgram, 'paths' | 'pathsUnseen'>> {
  return await ask(at, '/metrics', metricsDeadlineMs).then(
    ({ text }) => ({ paths: pathsIn(text) }),
    (error: unknown) => ({ pathsUnseen: messageOf(error) }),
  );
}

/** The state that holds of each way, from what the director shows to Prometheus. */
function pathsIn(metrics: string): NonNullable<OwnProgram['paths']> {
  const line = new RegExp(
    `^${roles.director.metrics}_path_state\\{real_server="([^"]*)",state="([^"]*)"\\} 1$`,
    'gm',
  );
  return [...metrics.matchAll(line)].map(([, realServer = '', state = '']) => ({ realServer, state }));
}

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly dateMs: number | undefined;
}

function ask(at: string, path: string, withinMs = deadlineMs): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(`http://${at}${path}`, { signal: AbortSignal.timeout(withinMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > bytesAtMost) request.destroy(new Error('its answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        const dateMs = Date.parse(response.headers.date ?? '');
        resolve({
          status: response.statusCode ?? 0,
          text,
          dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
        });
      });
    });
    request.on('error', reject);
  });
}

function parts(endpoint: string): { readonly host: string; readonly port: number } {
  const at = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, at).replaceAll(/^\[|\]$/g, ''), port: Number(endpoint.slice(at + 1)) };
}

function httpHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
