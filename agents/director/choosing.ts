/** What a director says of how its kernel chooses by hash, and since when: it remembers what it said. */
import type { Clock } from '../../src/domain/clock.ts';
import type { ServiceState } from '../../src/domain/ipvs-table.ts';
import type { ChoiceReport } from '../../src/domain/report.ts';
import type { Steps } from '../../src/domain/steps.ts';
import type { Host } from '../../src/kernel/host.ts';
import { choiceReports, choicesOf } from '../../src/plan/choices.ts';
import { sloppyTcpSysctl } from '../../src/plan/director-host.ts';
import type { DirectorContent } from '../../src/plan/snapshots.ts';

export interface Choosing {
  /** Reads the settings that it depends on. */
  look(): Promise<void>;
  /** `waits`: whether the weights of that virtual service, by id, are held back on purpose. */
  reports(
    snapshot: Pick<DirectorContent, 'services'>,
    actual: readonly ServiceState[],
    waits: (id: string) => boolean,
  ): Steps<readonly ChoiceReport[]>;
}

export function createChoosing({ host, clock }: { host: Pick<Host, 'sysctl'>; clock: Clock }): Choosing {
  let sloppyTcp: string | undefined;
  let told: readonly ChoiceReport[] = [];
  return {
    async look() {
      sloppyTcp = await host.sysctl(sloppyTcpSysctl).catch(() => undefined);
    },
    *reports(snapshot, actual, waits) {
      const choices = yield* choicesOf(snapshot, actual, { sloppyTcp, waits });
      told = choiceReports(told, choices, clock.nowMs());
      return told;
    },
  };
}
