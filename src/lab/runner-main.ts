// The program that runs a scenario inside the lab's kernel, as root.
//   node lab-runner.mjs SCENARIO.yaml --backend-name vm [--etcd PROGRAM] [--executable FILE [--upgrade-to FILE]] [--report FILE] [--logs DIR] [--keep] [--disposable] [--color]
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CausewayError, messageOf } from '../domain/error.ts';
import { mistakeText } from '../resource/mistake.ts';
import { placeCommands } from './commands.ts';
import { createStyle, verdictLines } from './narrate.ts';
import { recordFile, runFolder } from './run-place.ts';
import { runScenario } from './run-scenario.ts';
import { parseScenario } from './scenario.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'backend-name': { type: 'string', default: 'native' },
    etcd: { type: 'string' },
    executable: { type: 'string' },
    'upgrade-to': { type: 'string' },
    report: { type: 'string' },
    /** Where logs and configurations are copied to at the end. */
    logs: { type: 'string' },
    keep: { type: 'boolean', default: false },
    disposable: { type: 'boolean', default: false },
    color: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () =>
    ended.abort(
      new CausewayError({ code: 'refused', operation: 'run the lab', message: `ended by ${signal}` }),
    ),
  );
}

const style = createStyle(values.color);
try {
  const [file = ''] = positionals;
  const parsed = parseScenario(readFileSync(file, 'utf8'), file);
  if (parsed.mistakes !== undefined) {
    for (const mistake of parsed.mistakes) process.stderr.write(`causeway: ${mistakeText(mistake)}\n`);
    process.exit(1);
  }
  for (const folder of ['config', 'state', 'logs'])
    rmSync(join(runFolder, folder), { recursive: true, force: true });
  const { etcd, executable, 'upgrade-to': upgradeTo } = values;
  const places = { dist: dirname(process.argv[1] ?? ''), run: runFolder, etcd, executable, upgradeTo };
  if (executable !== undefined) placeCommands(executable, places);
  const report = await runScenario(parsed.scenario, {
    places,
    recordFile,
    say,
    signal: ended.signal,
    backend: values['backend-name'],
    style,
    keep: values.keep,
    disposable: values.disposable,
  });
  say('');
  for (const line of verdictLines(report, style)) say(line);
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`causeway: ${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  if (values.logs !== undefined) {
    for (const folder of ['config', 'logs']) {
      try {
        cpSync(join(runFolder, folder), join(values.logs, folder), { recursive: true });
      } catch {
        // It failed before there was anything to copy.
      }
    }
  }
}
// Something may still hold a socket; everything that matters is written.
process.exit();
