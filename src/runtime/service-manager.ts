/**
 * What systemd is told of a program (sd_notify(3)): that it has begun, and, where its unit has a WatchdogSec, that its event loop turns.
 * Node opens no datagram socket of the file system, so that `systemd-notify` says it: a process of some milliseconds, seldom.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '../domain/clock.ts';

export interface ServiceManager {
  /** Once is enough; more changes nothing. */
  ready(): void;
}

export interface ServiceManagerOptions {
  /** As systemd sets it: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Pick<Clock, 'after'>;
  /** Says one assignment; resolves to whether it was taken. Bounded in time. */
  readonly say: (assignment: string) => Promise<boolean>;
  /** What can't be said is told once. */
  readonly onFailure: (assignment: string) => void;
}

/** So often within the watchdog's time: two may be late or lost. */
const beatsPerWatchdog = 3;
/**
 * What was not taken is said again so soon. A systemd that is busy (it reloads, the machine is slow) reads later, and then takes nothing of a
 * process that has ended meanwhile: so somebody who says it is to be there whenever that is.
 */
const againMs = 1_000;

/** Begins to beat at once, where somebody watches. */
export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, clock, say, onFailure } = options;
  const isThere = env.NOTIFY_SOCKET !== undefined && env.NOTIFY_SOCKET !== '';
  let isReady = false;
  let hasFailed = false;

  async function tell(assignment: string): Promise<boolean> {
    const isTaken = await say(assignment);
    if (!isTaken && !hasFailed) onFailure(assignment);
    hasFailed ||= !isTaken;
    return isTaken;
  }

  /** The next beat comes when this one has been said: never two at once. */
  async function beat(everyMs: number): Promise<void> {
    const isTaken = await tell('WATCHDOG=1');
    clock.after(isTaken ? everyMs : Math.min(everyMs, againMs), () => void beat(everyMs));
  }

  async function tellReady(): Promise<void> {
    if (!(await tell('READY=1'))) clock.after(againMs, () => void tellReady());
  }

  const watchdogMs = isThere ? watchdogOf(options) : undefined;
  if (watchdogMs !== undefined) void beat(watchdogMs / beatsPerWatchdog);

  return {
    ready() {
      if (!isThere || isReady) return;
      isReady = true;
      void tellReady();
    },
  };
}

/** Undefined: nobody watches this process. */
function watchdogOf({ env, pid }: ServiceManagerOptions): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  if (!Number.isFinite(microseconds) || microseconds <= 0) return undefined;
  const isMeant = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
  return isMeant ? microseconds / 1_000 : undefined;
}

/** systemd-notify itself waits 5 s for systemd, so that it is still there when systemd looks who it is. */
const sayTimeoutMs = 8_000;

/** By systemd's own command. */
export function sayBySystemdNotify(assignment: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('systemd-notify', [assignment], { timeout: sayTimeoutMs, killSignal: 'SIGKILL' }, (error) =>
      resolve(error === null),
    );
  });
}
