// The load generator against an application and a UDP answerer in this process.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadRecord, readRecords } from '../../src/lab/load-record.ts';

const program = fileURLToPath(new URL('../../src/lab/programs/load.pl', import.meta.url));
const udp = createSocket('udp4');
/** Who answers now; '' hangs up. */
let host = 'fra-r1';
let hangUp = false;
const http = createServer((request, response) => {
  if (hangUp) return request.socket.destroy();
  response.writeHead(200, { 'x-served-by': host, 'x-site': 'fra', 'content-length': '4' }).end('fra\n');
});

beforeAll(async () => {
  udp.on('message', (asked, from) => {
    udp.send(`${asked.toString().trim()} ${host} fra\n`, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  udp.close();
  http.closeAllConnections();
  http.close();
});

function portOf(address: string | AddressInfo | null): string {
  return String(typeof address === 'object' ? address?.port : '');
}

interface Load {
  readonly process: ChildProcess;
  records(): LoadRecord[];
}

function startLoad(port: string, ...settings: string[]): Load {
  const child = spawn('perl', [program, '127.0.0.1', port, '/', ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stdin.write('start 500\n');
  return { process: child, records: () => readRecords(text).records };
}

async function end({ process: child }: Load): Promise<unknown> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  return await ended;
}

const soon = { timeout: 8_000, interval: 10 };

describe('the load generator', () => {
  it('asks on new connections and on a long-lived one, by TCP and by UDP', async () => {
    const settings = ['new=20', 'longLived=1', 'intervalMs=30'];
    const flows = [`udpPort=${portOf(udp.address())}`, 'udpNew=20', 'udpLongLived=1'];
    const load = startLoad(portOf(http.address()), ...settings, ...flows);
    const kinds = () =>
      new Set(load.records().map(({ protocol, connection }) => `${protocol} ${connection}`));
    await expect.poll(() => [...kinds()].toSorted(), soon).toEqual(['tcp 0', 'tcp 1', 'udp 0', 'udp 2']);
    expect(load.records().filter(({ error }) => error !== '')).toEqual([]);
    expect(load.records()[0]).toMatchObject({ host: 'fra-r1', site: 'fra', error: '' });

    // A flow that goes over to another real server is another one, from its first answer on; a connection is the same whoever answers.
    host = 'fra-r2';
    await expect.poll(() => [...kinds()].length, soon).toBe(5);
    expect(kinds()).not.toContain('tcp 2');
    const flow = load.records().filter(({ protocol, connection }) => protocol === 'udp' && connection > 0);
    expect(new Set(flow.map((one) => `${one.connection} ${one.host}`))).toEqual(
      new Set(['2 fra-r1', '3 fra-r2']),
    );
    host = 'fra-r1';

    hangUp = true;
    await expect.poll(() => load.records().some(({ error }) => error === 'closed'), soon).toBe(true);
    hangUp = false;
    await expect
      .poll(() => load.records().some((one) => one.protocol === 'tcp' && one.connection > 1), soon)
      .toBe(true);
    expect(await end(load)).toBe(0);
  });

  it('says why a request failed', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const udpPort = `udpPort=${portOf(silent.address())}`;
    const load = startLoad('1', 'new=50', 'longLived=0', udpPort, 'udpNew=50');
    const why = () => new Set(load.records().map(({ protocol, error }) => `${protocol} ${error}`));
    await expect.poll(() => [...why()].toSorted(), soon).toEqual(['tcp ECONNREFUSED', 'udp timeout']);
    silent.close();
    await expect.poll(() => why().has('udp ECONNREFUSED'), soon).toBe(true);
    await end(load);
  });

  it('goes over to another address when that answers, and until then fails nowhere', async () => {
    const port = portOf(http.address());
    const load = startLoad(port, 'new=40', 'longLived=1', 'intervalMs=30');
    const tcp = (connection: number) => load.records().filter((one) => one.connection === connection);
    await expect.poll(() => tcp(1).length, soon).toBeGreaterThan(2);
    load.process.stdin?.write('move 127.0.0.2\n');
    const asked = load.records().length;
    await expect.poll(() => load.records().length, soon).toBeGreaterThan(asked + 10);
    expect(tcp(2)).toEqual([]);
    const other = createServer((_, response) => {
      response
        .writeHead(200, { 'x-served-by': 'fra-r9', 'x-site': 'fra', 'content-length': '4' })
        .end('fra\n');
    });
    await new Promise<void>((resolve) => other.listen(Number(port), '127.0.0.2', resolve));
    await expect.poll(() => tcp(2).length, soon).toBeGreaterThan(2);
    await expect.poll(() => tcp(0).at(-1)?.host, soon).toBe('fra-r9');
    expect(load.records().filter(({ error }) => error !== '')).toEqual([]);
    await end(load);
    other.closeAllConnections();
    other.close();
  });

  it('asks as often as it is told', async () => {
    const load = startLoad(portOf(http.address()), 'new=0', 'longLived=0');
    load.process.stdin?.write('rate 100\n');
    await expect.poll(() => load.records().length, soon).toBeGreaterThan(5);
    expect(await end(load)).toBe(0);
  });
});
