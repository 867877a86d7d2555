// Before a fault: what the last one stirred up has settled, as far as what is expected of this one rests on it.
import { behindAgents, isNearest } from './agents-state.ts';
import { atPace, type Lab } from './lab.ts';
import type { Fault } from './scenario-schema.ts';
import { heldBy, waitUntil } from './wait.ts';

/** A matrix that believed in a jam believes three windows of 5 s before it forgets it. */
const limitMs = 40_000;
const lookEveryMs = 1_000;

/** At `mostPace` of a phase nobody can tell who should serve whom: it begins where there is room left, and not in the bustle of a start of all. */
const calmPace = 3;

/** In vain where it never settles: the verdict tells then. */
export async function rest({ expect }: Fault, lab: Lab): Promise<void> {
  const wanted = Object.entries(expect.servedBy ?? {});
  if (wanted.length === 0) return;
  const isSettled = async (): Promise<boolean> => {
    if (lab.pace.now > calmPace) return false;
    const status = await lab.admin.status();
    return (
      behindAgents(status).length === 0 &&
      wanted.every(([clients, servers]) => isNearest(status, clients, servers))
    );
  };
  await waitUntil(() => heldBy(isSettled), {
    limitMs: atPace(lab, limitMs),
    everyMs: lookEveryMs,
    signal: lab.signal,
  });
}
