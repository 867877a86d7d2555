// The guest's control port: a serial line into the loop that starts commands (guest-init.ts).
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CausewayError } from '../../domain/error.ts';
import { vmFiles } from './qemu.ts';

const timeoutMs = 5_000;
const retryMs = { from: 20, to: 60 };

/**
 * Writes one line to the guest's control port. QEMU serves one connection at a time and lets hardly any wait, so who
 * finds it busy comes again. Throws `unavailable` when the line could not be handed over in 5 s.
 */
export async function control(dir: string, line: string): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const failure = await sendOnce(join(dir, vmFiles.control), line);
    if (failure === undefined) return;
    if (failure.code !== 'EAGAIN' || performance.now() > giveUpAt) {
      throw new CausewayError({
        code: 'unavailable',
        operation: 'reach the lab machine',
        subject: dir,
        message: failure.message,
        cause: failure,
      });
    }
    await pause(randomInt(retryMs.from, retryMs.to));
  }
}

/** Resolves with what went wrong, if anything did. */
function sendOnce(path: string, line: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let failure: NodeJS.ErrnoException | undefined;
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('its control port does not answer')));
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('connect', () => socket.end(`${line}\n`));
    socket.once('close', () => resolve(failure));
    socket.resume();
  });
}
