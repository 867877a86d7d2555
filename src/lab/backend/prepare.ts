// Makes this machine ready for the lab, and says on which kernel the lab will run.
import { ensureSystemPackages } from '../system-packages.ts';
import { type BackendChoice, type BackendKind, chooseBackend } from './choose.ts';

/**
 * Installs what is missing (as root on Debian or Ubuntu) and chooses the backend. Throws `unsupported` with what is
 * missing where it cannot. The choice tries the tools out, so the tools come first where they could matter.
 */
export async function prepareLab(
  wanted: 'auto' | BackendKind,
  log: (line: string) => void,
): Promise<BackendChoice> {
  const couldBeNative = wanted !== 'vm' && process.platform === 'linux' && process.getuid?.() === 0;
  if (couldBeNative) await ensureSystemPackages('native', log);
  const choice = await chooseBackend(wanted);
  await ensureSystemPackages(choice.kind, log);
  return choice;
}
