/** How an agent examines its own host, slowly: what `causeway doctor` asks there, told with its report where it changes. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { type ExaminationReport, type Finding, findingsAtMost } from '../../src/domain/finding.ts';

export interface ExaminerOptions {
  /** Undefined: nothing can be looked at here. What it throws leaves what was found before. */
  readonly look: () => Promise<readonly Finding[] | undefined>;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface Examiner {
  /** The same value as long as the same is found; undefined: it has not looked yet. */
  latest(): ExaminationReport | undefined;
  close(): void;
}

/** When what an agent makes at its start is there. */
const firstMs = 5_000;
const intervalMs = 60_000;
/** So that a fleet that was started at once does not look at once. */
const jitter = 0.2;

export function createExaminer({ look, clock, random }: ExaminerOptions): Examiner {
  let found: ExaminationReport | undefined;
  let timer: Timer | undefined;
  let isClosed = false;

  async function examine(): Promise<void> {
    const all = await look();
    if (all === undefined || isClosed) return;
    const findings = all.filter(({ level }) => level !== 'ok').slice(0, findingsAtMost);
    const well = all.filter(({ level }) => level === 'ok').length;
    const isSame = found?.well === well && JSON.stringify(found.findings) === JSON.stringify(findings);
    if (!isSame) found = { findings, well, sinceMs: clock.nowMs() };
  }

  function later(delayMs: number): void {
    timer = clock.after(delayMs * (1 + jitter * random()), () => {
      const next = () => {
        if (!isClosed) later(intervalMs);
      };
      examine().then(next, next);
    });
  }

  later(firstMs);
  return {
    latest: () => found,
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
