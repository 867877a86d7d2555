import { describe, expect, test } from 'vitest';
import {
  checkOf,
  expectedStatuses,
  type HealthCheck,
  parseStatusRange,
  plainCheck,
  statusText,
} from '../../src/domain/health-check.ts';

const health: HealthCheck = {
  ...plainCheck,
  type: 'http',
  port: 0,
  intervalMs: 300,
  timeoutMs: 1_000,
  fall: 2,
  rise: 2,
  ports: [{ port: 8_443, protocol: 'tcp', method: { ...plainCheck, type: 'grpc', port: 0 } }],
};
const tls = { serverName: 'shop.example', verify: true, ca: '' };

describe('which check a port gets', () => {
  test.each<[string, Partial<HealthCheck>, string, string]>([
    ['http at any port', {}, '8080/tcp', 'http'],
    ['https where nobody speaks plain http', {}, '443/tcp', 'https'],
    ['https as asked for', { type: 'https', tls }, '9443/tcp', 'https'],
    ['http where nobody speaks TLS', { type: 'https', tls }, '80/tcp', 'http'],
    ['tcp stays tcp', { type: 'tcp' }, '443/tcp', 'tcp'],
    ['its own', {}, '8443/tcp', 'grpc'],
    ['udp has none', {}, '443/udp', 'none'],
    ['sctp has none', {}, '80/sctp', 'none'],
    ['udp by a tcp port that decides for all', { port: 80 }, '443/udp', 'http'],
    ['none is none', { type: 'none' }, '80/tcp', 'none'],
  ])('%s', (_, changes, port, type) => {
    const [number = '', protocol = ''] = port.split('/');
    const at = { port: Number(number), protocol: protocol as 'tcp' };
    expect(checkOf({ ...health, ...changes }, at).type).toBe(type);
  });

  test('a certificate is looked at only where somebody said so', () => {
    expect(checkOf(health, { port: 443, protocol: 'tcp' }).tls).toMatchObject({ verify: false });
    expect(checkOf({ ...health, type: 'https', tls }, { port: 443, protocol: 'tcp' }).tls).toEqual(tls);
  });
});

test.each<[string, string | undefined]>([
  ['200', '200'],
  ['200-399', '200-399'],
  ['200-200', '200'],
  ['199', undefined],
  ['600', undefined],
  ['399-200', undefined],
  ['200-', undefined],
  ['2xx', undefined],
  ['200 - 399', undefined],
  ['', undefined],
])('the status %j', (text, read) => {
  const range = parseStatusRange(text);
  expect(range && statusText([range])).toBe(read);
});

test('an agent is told one status as ever, or several', () => {
  expect(statusText(expectedStatuses({ ...health, expectStatus: 204 }))).toBe('204');
  const several = [
    { from: 200, to: 299 },
    { from: 404, to: 404 },
  ];
  expect(statusText(expectedStatuses({ ...health, expect: several }))).toBe('200-299,404');
});
