/** What is written to one agent, and when: the newest snapshot, as the changes of what it has, and the next one after its answer. */
import type { Timer } from '../domain/clock.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { snapshotToWire } from './convert-snapshot.ts';
import { encodeDelta } from './encode-delta.ts';
import { sendable, sendableBytes } from './encoded.ts';
import type { CoordinatorMessage } from './gen/causeway/v1/CoordinatorMessage.ts';
import type { Manifest } from './manifest.ts';

/** `unknown-base`: it does not have what the delta was made against. */
export type PushAnswer = 'acknowledged' | 'refused' | 'unknown-base';

export interface Push {
  /** The newest wins. With its manifest where the agent takes sections, else it is written whole. */
  offer(snapshot: Snapshot, manifest: Manifest | undefined): void;
  /** The agent has just this, as it says itself. */
  holds(manifest: Manifest): void;
  /** To the version that is on its way, or an older one. What it now has; undefined where that is not known. */
  answered(version: number, answer: PushAnswer): Manifest | undefined;
  stop(): void;
}

export interface PushOptions {
  /** Has `make` called when the stream can take a message, and the message written. */
  readonly write: (make: () => CoordinatorMessage | Promise<CoordinatorMessage>) => void;
  readonly after: (delayMs: number, run: () => void) => Timer;
}

interface Offer {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest | undefined;
}

interface OnItsWay {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
  readonly isDelta: boolean;
  readonly timer: Timer;
}

/** Who says nothing for so long is sent the next one all the same: it may have been told by a stream of before. */
const answerWithinMs = 30_000;

export function createPush({ write, after }: PushOptions): Push {
  let base: Manifest | undefined;
  let newest: Offer | undefined;
  let onItsWay: OnItsWay | undefined;

  function next(): void {
    if (newest === undefined || onItsWay !== undefined) return;
    write(() => make(newest));
  }

  function make(due: Offer | undefined): CoordinatorMessage | Promise<CoordinatorMessage> {
    if (due === undefined) return {};
    const { snapshot, manifest } = due;
    newest = undefined;
    // Of an agent that takes whole snapshots it does not matter what it has.
    if (manifest === undefined)
      return sendable<CoordinatorMessage>('CoordinatorMessage', { snapshot: snapshotToWire(snapshot) });
    const timer = after(answerWithinMs, () => {
      onItsWay = undefined;
      next();
    });
    onItsWay = { snapshot, manifest, isDelta: base !== undefined, timer };
    return sendableBytes(encodeDelta(snapshot, manifest, base));
  }

  return {
    offer(snapshot, manifest) {
      newest = { snapshot, manifest };
      next();
    },
    holds(manifest) {
      if (onItsWay === undefined) base = manifest;
    },
    answered(version, answer) {
      if (onItsWay?.snapshot.version !== version) {
        // What it was told of before, and has taken since: what that was is not known here.
        if (answer === 'acknowledged') base = undefined;
        return undefined;
      }
      const { isDelta, timer, ...told } = onItsWay;
      timer.cancel();
      onItsWay = undefined;
      if (answer === 'acknowledged') base = told.manifest;
      if (answer === 'unknown-base') base = undefined;
      if (answer === 'unknown-base' && isDelta) newest ??= told;
      next();
      return answer === 'acknowledged' ? told.manifest : undefined;
    },
    stop() {
      onItsWay?.timer.cancel();
      newest = undefined;
    },
  };
}
