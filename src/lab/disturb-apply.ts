// An operator changes what is declared, under load: nobody's request may fail, and it stays as it is then.
import { CausewayError } from '../domain/error.ts';
import { behindAgents } from './agents-state.ts';
import type { Disturbance } from './disturbance.ts';
import type { Lab } from './lab.ts';
import type { Fault } from './scenario-schema.ts';

const lookEveryMs = 500;
const noticeLimitMs = 30_000;
/** A VIP that goes is served for a while longer. */
const recoveryLimitMs = 60_000;

/**
 * Noticed when every agent has been told of it; settled when each has done its part and nobody waits for another; recovered when no
 * director's table has a VIP that nobody declares any more.
 */
export function applyChange(fault: Extract<Fault, { kind: 'apply' }>, lab: Lab): Disturbance {
  const { admin, scenario, processes, tables } = lab;
  const resource = scenario.changes.get(fault.name);
  let revision = Number.POSITIVE_INFINITY;
  let undeclared: string[] = [];
  const declared = new Set<string>();
  return {
    gone: [],
    unnoticed: false,
    tablesKept: 'nothing',
    isOfControl: false,
    // Those to a VIP that goes end with it.
    keepsConnections: fault.clientsMoveTo === undefined,
    restoreAfterMs: 'never',
    lookEveryMs,
    noticeLimitMs,
    async inject() {
      if (resource === undefined) throw refused(fault.name, 'there is nothing to apply');
      const { problems } = await admin.apply([resource]);
      if (problems.length > 0)
        throw refused(fault.name, problems.map(({ path, found }) => `${path}: ${found}`).join('; '));
      const listed = await admin.list('Service');
      revision = listed.revision;
      for (const one of listed.resources)
        if (one.kind === 'Service') for (const vip of one.vips) declared.add(vip);
      if (fault.clientsMoveTo !== undefined)
        for (const name of processes.named(['load'])) processes.tell(name, `move ${fault.clientsMoveTo}`);
    },
    noticed: async () => ((await admin.status()).publishedRevision ?? 0) >= revision,
    async settled() {
      const status = await admin.status();
      return (status.handovers ?? []).length === 0 && behindAgents(status).length === 0;
    },
    restore: () => {},
    recoveryLimitMs,
    recovered() {
      const served = tables.directors.flatMap((director) => [...tables.read(director).keys()]);
      undeclared = [...new Set(served.map(vipOf))].filter((vip) => !declared.has(vip));
      return undeclared.length === 0;
    },
    unlike: () => `still in a director's table: ${undeclared.join(', ')}`,
  };
}

/** `192.0.2.10:80 → 10.1.11.2:80`. */
function vipOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

function refused(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation: 'apply a change', subject, message });
}
