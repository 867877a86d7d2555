// The lab that a run with `--keep` left behind: commands in it, and its end.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CausewayError } from '../domain/error.ts';
import type { RunOptions } from './backend/job.ts';
import { runHere } from './backend/run-here.ts';
import { attachVm } from './backend/vm.ts';
import { removeLab } from './build.ts';
import { Launcher } from './launcher.ts';
import { recordFile, runFolder } from './run-place.ts';

/** Exit status of the command. Throws `not-found` where no lab runs. */
export async function runInKept(argv: readonly string[], options: RunOptions): Promise<number> {
  const vm = attachVm();
  if (vm !== undefined) return (await vm.run(argv, options)).exitStatus;
  if (existsSync(recordFile)) return runHere(argv, options);
  throw new CausewayError({
    code: 'not-found',
    operation: 'find the lab',
    message: 'none is running; npm start -- --keep leaves one',
  });
}

/** Ends the kept lab, wherever it is. Resolves with whether there was one. */
export async function stopKept(): Promise<boolean> {
  const vm = attachVm();
  await vm?.stop();
  const native = existsSync(recordFile);
  if (native) {
    const launcher = new Launcher(join(runFolder, 'stop'));
    await removeLab(recordFile, launcher);
    launcher.close();
  }
  return vm !== undefined || native;
}
