/** `causeway status`: who is there, who is behind and why, which services are healthy, how far sites are apart. */
import { Command } from 'commander';
import type { Status } from '../domain/status.ts';
import { pause } from '../runtime/pause.ts';
import type { Admin, CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { mtuEntries, mtuText } from './mtu-text.ts';
import { openSession, type Session } from './session.ts';
import { statusText } from './status-text.ts';

const watchIntervalMs = 1_000;
const clearScreen = '\u001b[H\u001b[2J';

export function statusCommand(io: CliIo): Command {
  return new Command('status')
    .description('show agents, services, latency, and what needs attention')
    .option('-w, --watch', 'show it again every second until interrupted; as JSON, one document a line')
    .action(async (options: { watch?: boolean }, command: Command) => {
      const session = openSession(command, io);
      await session.withAdmin((admin) =>
        options.watch === true ? watch(admin, session) : show(admin, session),
      );
    })
    .addCommand(mtuCommand(io));
}

function mtuCommand(io: CliIo): Command {
  return new Command('mtu')
    .description(
      'show which packets get through from each director to the real servers, as measured through the tunnels',
    )
    .action(async (_options: object, command: Command) => {
      if (command.optsWithGlobals().watch === true)
        throw new Misuse('status mtu: --watch is not for this: it changes in minutes');
      const session = openSession(command, io);
      const status = await session.withAdmin((admin) => admin.status({ isSummary: false }));
      session.print({ table: () => mtuText(status), data: () => ({ ways: mtuEntries(status) }) });
    });
}

/** People are shown what needs attention; programs get everything, as long as it is not too much. */
function asked({ form }: Session): { readonly isSummary: boolean } {
  return { isSummary: form === 'table' };
}

async function show(admin: Admin, session: Session): Promise<void> {
  const status = await admin.status(asked(session));
  session.print({ table: () => statusText(status, session.io.clock.nowMs()), data: () => status });
}

/** Polls: what it shows are ages and counters, which change without events. */
async function watch(admin: Admin, session: Session): Promise<void> {
  const { io } = session;
  const signal = io.interruption();
  while (!signal.aborted) {
    const status = await admin.status(asked(session));
    io.stdout(frame(status, session));
    await pause(io.clock, watchIntervalMs, signal);
  }
}

function frame(status: Status, { form, io }: Session): string {
  if (form === 'json') return `${JSON.stringify(status)}\n`;
  if (form === 'yaml') return `---\n${JSON.stringify(status)}\n`;
  const text = statusText(status, io.clock.nowMs());
  return io.terminal ? `${clearScreen}${text}` : `${text}\n`;
}
