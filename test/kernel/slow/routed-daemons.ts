// Real routing daemons (bird2, frr), with the examples that are shipped.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../namespace.ts';

const examples = fileURLToPath(new URL('../../../deploy/examples/routing/', import.meta.url));

/** An emulated machine stands still for longer than the 0.3 s in which BFD is to find a dead neighbour. */
const patience = 20;

/** An example as it is shipped, but for this director's own address and that of its router, and for BFD's patience. */
export function exampleFor(file: string, address: string): string {
  const subnet = address.replace(/\d+$/, '');
  const net = `2001:db8:${address.split('.')[1]}::`;
  const text = readFileSync(join(examples, file), 'utf8').replaceAll(
    'multiplier 3',
    `multiplier ${patience}`,
  );
  if (!file.includes('director')) return text;
  return text.replaceAll('10.1.0.', subnet).replaceAll('2001:db8:1::', net);
}

export interface Daemon {
  stop(): void;
}

/** `folder`: on a file system that knows sockets. */
export async function startBird(namespace: string, folder: string, configuration: string): Promise<Daemon> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bird.conf');
  writeFileSync(file, configuration);
  const pid = join(folder, 'bird.pid');
  await run(namespace, ['bird', '-c', file, '-s', join(folder, 'bird.ctl'), '-P', pid]);
  return { stop: () => end([pid]) };
}

/** Debian's, which give up root for the user `frr`. */
export async function startFrr(namespace: string, folder: string, configuration: string): Promise<Daemon> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  const file = join(folder, 'frr.conf');
  writeFileSync(file, configuration);
  const pids: string[] = [];
  for (const program of ['zebra', 'bfdd', 'bgpd']) {
    const pid = join(folder, `${program}.pid`);
    pids.push(pid);
    const own = program === 'bfdd' ? ['--bfdctl', join(folder, 'bfdd.sock')] : [];
    const places = ['-f', file, '-i', pid, '-z', join(folder, 'zebra.api'), '--vty_socket', folder];
    await run(namespace, [`/usr/lib/frr/${program}`, '-d', ...places, ...own]);
  }
  return { stop: () => end(pids) };
}

function end(pidFiles: readonly string[]): void {
  for (const file of pidFiles) {
    if (!existsSync(file)) continue;
    try {
      process.kill(Number(readFileSync(file, 'utf8').trim()), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
