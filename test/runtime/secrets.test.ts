// Whatever goes wrong, no program says what is secret: the real programs, with secrets that are known here, in files and where they do not belong.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'causeway-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secret = 's3cr3tc0ffee5adfeed';
const pem = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const key = file('a.key', pem);
const password = file('password', secret);
const damaged = join(folder, 'damaged');
mkdirSync(damaged);
file('damaged/identity.pem', pem);

/** Its words, and what ps shows of it while it runs; ended as soon as it has said something that `until` matches. */
async function run(main: string, flags: readonly string[], until?: RegExp) {
  const child = spawn(process.execPath, [join(root, main), ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let shown = '';
  const hear = (chunk: Buffer) => {
    said += chunk;
    if (until === undefined || !until.test(said) || shown !== '') return;
    shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    child.kill('SIGKILL');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  await new Promise((resolve) => child.once('close', resolve));
  return { said, shown };
}

const coordinator = (name: string, ...flags: string[]): string[] => [
  ...['--site', 'fra', '--name', 'c1', '--listen', '127.0.0.1:0', '--http', 'off'],
  ...['--state-dir', name === 'damaged' ? damaged : join(folder, name), ...flags],
];
const tls = ['--tls-key', key, '--tls-cert', key, '--tls-ca', key];
const main = 'src/coordinator/main.ts';

test.each<[tried: string, flags: string[], says: string]>([
  ['a key that is none', coordinator('one', ...tls), 'there is no certificate in it'],
  [
    'a password in an address',
    coordinator('two', '--etcd', `http://root:${secret}@127.0.0.1:1`),
    'expected one or more of',
  ],
  [
    'a key in the place of its file',
    coordinator(
      'three',
      '--config',
      file('three.yaml', `tls:\n  key: |\n    ${pem.replaceAll('\n', '\n    ')}\n`),
    ),
    'found "a private key"',
  ],
  [
    'a password in the place of its file',
    coordinator('four', '--config', file('four.yaml', `etcdPassword: ${secret}\n`)),
    'found an unknown key',
  ],
  [
    'a damaged certificate in the state directory',
    coordinator('damaged', ...tls),
    'there is no certificate in it',
  ],
])('%s', { timeout: 120_000 }, async (_, flags, says) => {
  const { said } = await run(main, flags);
  expect(said).toContain(says);
  expect(said).not.toContain(secret);
});

test('a password is read from its file: neither the log nor ps has it', { timeout: 120_000 }, async () => {
  const etcd = ['--etcd', 'http://127.0.0.1:1', '--etcd-user', 'root', '--etcd-password-file', password];
  const { said, shown } = await run(main, coordinator('five', ...etcd), /open store|tried again/);
  expect(said).toContain('127.0.0.1:1');
  expect(shown).toContain('--etcd-password-file');
  expect(said + shown).not.toContain(secret);
});

test('the admin client says nothing of its key', { timeout: 120_000 }, async () => {
  const { said } = await run('src/cli/main.ts', ['status', '--coordinator', '127.0.0.1:1', ...tls]);
  expect(said).toContain(key);
  expect(said).not.toContain(secret);
});
