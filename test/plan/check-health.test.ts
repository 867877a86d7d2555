// What nobody may ask of an agent, whatever way it came: a coordinator refuses it, with the place.
import { expect, test } from 'vitest';
import { type HealthCheck, plainCheck } from '../../src/domain/health-check.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import { checkHealth } from '../../src/plan/check-health.ts';
import { service } from './fixtures.ts';

const http: ServicePort = { protocol: 'tcp', port: 80, targetPort: 80 };
const dns: ServicePort = { protocol: 'udp', port: 53, targetPort: 53 };

function problems(health: Partial<HealthCheck>, ports: readonly ServicePort[] = [http]): string[] {
  const whole = { ...service().health, ...health };
  return checkHealth(service({ health: whole, ports })).map(({ path, found }) => `${path} ${found}`);
}

const tls = { serverName: '', verify: true, ca: '' };

test.each<[string, Partial<HealthCheck>, string]>([
  ['no rest', { intervalMs: 0 }, 'spec.health.intervalMs 0'],
  ['a timer that overflows', { intervalMs: 4_000_000_000 }, 'spec.health.intervalMs 4000000000'],
  ['half a millisecond', { intervalMs: 50.5 }, 'spec.health.intervalMs 50.5'],
  ['no number', { timeoutMs: Number.NaN }, 'spec.health.timeoutMs NaN'],
  ['no failure counts', { fall: 0 }, 'spec.health.fall 0'],
  ['never well again', { rise: 1_000 }, 'spec.health.rise 1000'],
  ['another type', { type: 'script' as 'tcp' }, 'spec.health.type script'],
  ['a port beyond the last', { port: 70_000 }, 'spec.health.port 70000'],
  [
    'a second request in the path',
    { type: 'http', path: '/ HTTP/1.1\r\nX: y' },
    'spec.health.path "/ HTTP/1.1\\r\\nX: y"',
  ],
  ['no path', { type: 'http', path: '' }, 'spec.health.path ""'],
  ['a header in the host', { type: 'http', host: 'a\nX: y' }, 'spec.health.host "a\\nX: y"'],
  ['a status of no answer', { type: 'http', expectStatus: 100 }, 'spec.health.expectStatus 100'],
  ['a range the wrong way', { type: 'http', expect: [{ from: 399, to: 200 }] }, 'spec.health.expect 399-200'],
  ['a header of two lines', { headers: { a: 'b\r\nX: y' } }, 'spec.health.headers["a"] "b\\r\\nX: y"'],
  ['a header without a name', { headers: { '': 'b' } }, 'spec.health.headers ""'],
  ['a header that every request has', { headers: { Host: 'b' } }, 'spec.health.headers "Host"'],
  ['a header twice', { headers: { 'x-a': '1', 'X-A': '2' } }, 'spec.health.headers "X-A"'],
  ['a long header', { headers: { a: 'b'.repeat(5_000) } }, `spec.health.headers["a"] "${'b'.repeat(60)}…"`],
  [
    'a hundred headers',
    { headers: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'y'])) },
    'spec.health.headers 100',
  ],
  ['a server name that is none', { tls: { ...tls, serverName: 'a b' } }, 'spec.health.tls.serverName "a b"'],
  ['certificates that are none', { tls: { ...tls, ca: 'trust me' } }, 'spec.health.tls.ca "trust me"'],
  ['a gRPC service that is none', { grpcService: 'a\0b' }, 'spec.health.grpcService "a\\u0000b"'],
  [
    'a port that the service lacks',
    { ports: [{ port: 81, protocol: 'tcp', method: { ...plainCheck, type: 'tcp', port: 0 } }] },
    'spec.health.ports["81/tcp"] 81/tcp',
  ],
  [
    'the mistake of one port',
    { ports: [{ port: 80, protocol: 'tcp', method: { ...plainCheck, type: 'http', port: 0, path: 'x' } }] },
    'spec.health.ports["80/tcp"].path "x"',
  ],
])('%s is refused', (_, health, problem) => {
  expect(problems(health)).toEqual([problem]);
});

test('nobody can be asked http at a udp port', () => {
  expect(problems({ type: 'http' }, [dns])).toEqual(['spec.health.port 0']);
  expect(problems({ type: 'http', port: 8080 }, [dns])).toEqual([]);
  const own = (port: number): Partial<HealthCheck> => ({
    ports: [{ port: 53, protocol: 'udp', method: { ...plainCheck, type: 'http', port } }],
  });
  expect(problems(own(0), [dns])).toEqual(['spec.health.ports["53/udp"].port 0']);
  expect(problems(own(8080), [dns])).toEqual([]);
});

test('a service without a tcp port needs no check: it rests on the way', () => {
  expect(problems({ type: 'tcp' }, [dns])).toEqual([]);
  expect(problems({ type: 'none' }, [dns])).toEqual([]);
});
