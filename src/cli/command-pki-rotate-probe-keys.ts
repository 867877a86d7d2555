/** `causeway pki rotate-probe-keys`: other keys of the probes, before their time. */
import { Command } from 'commander';
import type { CliIo } from './io.ts';
import { openSession } from './session.ts';

export function rotateProbeKeysCommand(io: CliIo): Command {
  return new Command('rotate-probe-keys')
    .description(
      'have directors and real servers take other keys for their probes now; no probe is lost by it',
    )
    .addHelpText(
      'after',
      `
They change by themselves every 30 days. First all real servers learn the new keys, then directors use them, ten minutes later; the
keys of before are good for real servers until the next change. To be rid of those as well, do it a second time after that.

Example:
  causeway pki rotate-probe-keys`,
    )
    .action(async (_: unknown, command: Command) => {
      const session = openSession(command, io);
      const { isBegun, epoch, usedFromMs } = await session.withAdmin((admin) => admin.rotateProbeKeys());
      const usedFrom = new Date(usedFromMs).toISOString();
      session.print({
        table: () =>
          `${isBegun ? 'New keys are on their way to the real servers' : 'A change is under way already'}; directors use them from ${usedFrom} on.\n`,
        data: () => ({ begun: isBegun, epoch, usedFrom }),
      });
    });
}
