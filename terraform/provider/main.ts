/** The program terraform-provider-causeway, which Terraform and OpenTofu start. Standard output has one line: where it is found. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { messageOf } from '../../src/domain/error.ts';
import { makePluginCertificate } from '../../src/pki/sign.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { handshakeLine, readHandshake } from './handshake.ts';
import { createProvider } from './provider.ts';
import { serve } from './serve.ts';

const dayMs = 86_400_000;
const lookAtParentMs = 2_000;

/** What it says of itself, as whoever has started it reads it. */
function log(level: 'debug' | 'error', message: string, more: object = {}): void {
  const line = { '@level': level, '@message': message, '@module': 'causeway', ...more };
  process.stderr.write(`${JSON.stringify({ ...line, '@timestamp': new Date().toISOString() })}\n`);
}

async function main(): Promise<void> {
  const handshake = readHandshake(process.env);
  if (process.argv.includes('--version')) {
    process.stdout.write(`${programVersion}\n`);
    return;
  }
  if ('words' in handshake) {
    process.stderr.write(`${handshake.words}\n`);
    process.exitCode = 1;
    return;
  }
  const nowMs = Date.now();
  const validity = { notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + 30 * dayMs };
  const own = await makePluginCertificate(`00${randomBytes(15).toString('hex')}`, validity);
  const provider = createProvider({
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    connect: connectAdmin,
    clock: realClock,
    random: Math.random,
  });
  const serving = await serve({
    provider,
    own,
    clientCertificate: handshake.clientCertificate,
    socketFolder: handshake.socketFolder,
    onFailure: (method, error) => log('error', messageOf(error), { method }),
    onShutdown: () => setImmediate(end),
  });

  function end(): void {
    provider.close();
    serving.close();
    process.exit(0);
  }

  // An interruption reaches the whole group: whoever has started this asks it to stop, in its own time.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', end);
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end(), lookAtParentMs).unref();
  log('debug', 'serving', { version: programVersion });
  process.stdout.write(handshakeLine(serving.socket, new X509Certificate(own.cert).raw, handshake));
}

// No await at the top: the one executable is a script.
void main().catch((error: unknown) => {
  log('error', messageOf(error));
  process.exitCode = 1;
});
