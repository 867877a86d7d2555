// What `npm start` does: everything from nothing to a verdict, on this machine.
import { parseArgs } from 'node:util';
import { buildAll } from '../../deploy/build.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { runLab } from './run-lab.ts';

const usage = `Runs three datacentres with one VIP on a real kernel: real servers, tunnels and control plane die, and
nobody may notice for long. Ends with a verdict; exit status 0 only if everything held.

usage: npm start -- [--report FILE] [--keep] [--backend auto|native|vm] [--scenario FILE]
                    [--executable FILE [--upgrade-to FILE]]

  --report FILE      write what was measured as JSON
  --keep             leave the lab up, and say how to look into it
  --backend NAME     native: this kernel; vm: a kernel of its own in QEMU; auto (default): native where it can do it all
  --scenario FILE    another scenario than deploy/lab/three-sites.yaml
  --executable FILE  what hosts run in place of the bundles: what npm run build:bin makes
  --upgrade-to FILE  the executable that stands in its place when a scenario restarts all

Example:
  npm start -- --report report.json
`;

const scenarioByDefault = 'deploy/lab/three-sites.yaml';
const backends = ['auto', 'native', 'vm'] as const;

function readArguments() {
  const { values } = parseArgs({
    options: {
      report: { type: 'string' },
      keep: { type: 'boolean', default: false },
      backend: { type: 'string', default: 'auto' },
      scenario: { type: 'string', default: scenarioByDefault },
      executable: { type: 'string' },
      'upgrade-to': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const backend = backends.find((name) => name === values.backend);
  if (backend === undefined) throw new Error(`--backend ${values.backend}: one of ${backends.join(', ')}`);
  return { ...values, backend };
}

function misused(error: unknown): never {
  process.stderr.write(`causeway: ${messageOf(error)}\n\n${usage}`);
  process.exit(2);
}

let wanted: ReturnType<typeof readArguments>;
try {
  wanted = readArguments();
} catch (error) {
  misused(error);
}
if (wanted.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () =>
    interrupted.abort(
      new CausewayError({ code: 'refused', operation: 'run the lab', message: `ended by ${signal}` }),
    ),
  );
}
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
try {
  process.exitCode = await runLab({
    scenarioFile: wanted.scenario,
    backend: wanted.backend,
    reportFile: wanted.report,
    keep: wanted.keep,
    executable: wanted.executable,
    upgradeTo: wanted['upgrade-to'],
    terminal: process.stdout.isTTY === true,
    signal: interrupted.signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    build: () => buildAll({ log: say }),
  });
} catch (error) {
  process.stderr.write(`causeway: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
