// For developers: boots the lab's machine, runs one command in it from this folder, ends with its status.
//   node src/lab/backend/exec-main.ts [--cpus N] [--memory MIB] [--time] [--] COMMAND …
import { parseArgs } from 'node:util';
import { messageOf } from '../../domain/error.ts';
import { bootVm } from './vm.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cpus: { type: 'string', default: '2' },
    memory: { type: 'string', default: '2048' },
    time: { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  process.stderr.write('usage: exec-main.ts [--cpus N] [--memory MIB] [--time] [--] COMMAND …\n');
  process.exit(2);
}
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}
try {
  const vm = await bootVm({
    cpus: Number(values.cpus),
    memoryMiB: Number(values.memory),
    log: (line) => process.stderr.write(`causeway: ${line}\n`),
    signal: interrupted.signal,
  });
  const startedAt = performance.now();
  try {
    const { exitStatus } = await vm.run(positionals, {
      onStdout: (chunk) => process.stdout.write(chunk),
      onStderr: (chunk) => process.stderr.write(chunk),
      signal: interrupted.signal,
      env: { PATH: process.env.PATH ?? '' },
    });
    const ranMs = Math.round(performance.now() - startedAt);
    if (values.time) process.stderr.write(`booted in ${vm.bootMs} ms (${vm.accelerator}), ran ${ranMs} ms\n`);
    process.exitCode = exitStatus;
  } finally {
    await vm.stop();
  }
} catch (error) {
  process.stderr.write(`causeway: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
