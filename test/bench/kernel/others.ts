/** ipvsadm and keepalived writing the same table, each in a network namespace of its own, so that no one meets what another has left. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausewayError } from '../../../src/domain/error.ts';
import { type Entry, middle } from './tables.ts';

/** Its times and its table. Bash takes the times, so that they are ipvsadm's alone. */
export function runIpvsadm(
  rules: string,
  reads: number,
): { programMs: number; readMs: number; saved: string } {
  const script = `TIMEFORMAT=%3R
ip link set lo up
time ipvsadm -R
for read in ${new Array(reads).fill('x').join(' ')}; do time ipvsadm -Ln > /dev/null; done
ipvsadm -Sn`;
  const { times, output } = runScript(script, rules, 'run ipvsadm', 1 + reads);
  const [programMs = Number.NaN, ...readMs] = times;
  return { programMs, readMs: middle(readMs), saved: output };
}

/** Each of starting and reloading. */
const limitSeconds = 120;

/**
 * keepalived's checker without a check: from its start until the last service is whole, and from the signal to read again a configuration
 * in which one destination of the last service has another weight until the kernel has it.
 */
export function runKeepalived(entries: readonly Entry[]): { programMs: number; reloadMs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-keepalived-'));
  try {
    const last = entries.at(-1);
    const changed = last?.destinations.at(-1);
    if (last === undefined || changed === undefined) throw new RangeError('a table without a destination');
    const weight = changed.weight + 1_000;
    const after = [
      ...entries.slice(0, -1),
      { ...last, destinations: [...last.destinations.slice(0, -1), { ...changed, weight }] },
    ];
    writeFileSync(join(folder, 'before'), keepalivedConfiguration(entries));
    writeFileSync(join(folder, 'after'), keepalivedConfiguration(after));
    const script = `cd ${folder}
TIMEFORMAT=%3R
ip link set lo up
cp before now
until_there() {
  begun=$SECONDS
  until [ "$(ipvsadm -Ln -t ${last.key.address}:${last.key.port} 2> /dev/null | grep -cE -e "$1")" = "$2" ]; do
    [ $((SECONDS - begun)) -lt ${limitSeconds} ] || { echo "keepalived has not $3 within ${limitSeconds} s: $(head -1 log)" >&2; exit 1; }
    sleep 0.05
  done
}
started() {
  keepalived --dont-fork --no-syslog --check -f now -p pid -c checker > log 2>&1 &
  program=$!
  until_there '-> [0-9]' ${last.destinations.length} started
}
reloaded() { kill -HUP $program; until_there ' ${weight} ' 1 reloaded; }
trap 'kill $program; wait $program' EXIT
time started
cp after now
time reloaded`;
    const { times } = runScript(script, '', 'run keepalived', 2);
    const [programMs = Number.NaN, reloadMs = Number.NaN] = times;
    return { programMs, reloadMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keepalivedConfiguration(entries: readonly Entry[]): string {
  const servers = entries.map(({ key, destinations }) => {
    const real = destinations.map(
      ({ address, port, weight }) => `  real_server ${address} ${port} {\n    weight ${weight}\n  }\n`,
    );
    return `virtual_server ${key.address} ${key.port} {
  lb_algo wrr
  lb_kind TUN
  protocol TCP
${real.join('')}}
`;
  });
  return `global_defs {\n  router_id bench\n}\n${servers.join('')}`;
}

/** Bash's `time` writes each of them to standard error, in seconds. */
function runScript(
  script: string,
  input: string,
  operation: string,
  count: number,
): { times: number[]; output: string } {
  const child = spawnSync('unshare', ['--net', 'bash', '-c', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = child.stderr.trim().split('\n').map(Number);
  if (child.status !== 0 || seconds.length !== count || seconds.some(Number.isNaN)) {
    const message =
      child.error?.message ?? `status ${child.status}: ${child.stderr.trim().split('\n', 1).join()}`;
    throw new CausewayError({ code: 'unavailable', operation, message });
  }
  return { times: seconds.map((one) => 1_000 * one), output: child.stdout };
}
