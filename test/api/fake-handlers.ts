/** A coordinator's end of the API, for tests of what stands before it. */
import type { AgentStream, Handlers } from '../../src/api/handlers.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import { CausewayError } from '../../src/domain/error.ts';

/** A coordinator that does nothing but remember. */
export function fakeHandlers(change: Partial<Handlers['admin']> = {}) {
  const heard: string[] = [];
  const streams: AgentStream[] = [];
  const reports: AgentReport[] = [];
  const absent = (): never => {
    throw new CausewayError({
      code: 'not-found',
      operation: 'find',
      subject: 'Site/fra',
      message: 'there is none',
    });
  };
  const handlers: Handlers = {
    admin: {
      apply: async () => ({ problems: [], revision: 1, outcomes: [] }),
      get: async () => absent(),
      list: async () => ({ resources: [], revision: 1 }),
      remove: async () => ({ revision: 1, outcomes: ['deleted'] }),
      rollback: absent,
      planRollback: absent,
      history: async () => ({ revisions: [], oldest: 0, newest: 0 }),
      difference: async () => [],
      status: absent,
      deny: async () => ({ outcomes: [], denials: [] }),
      rotateProbeKeys: async () => ({ isBegun: true, epoch: 2, usedFromMs: 0 }),
      backup: async () => 'everything',
      plan: async () => ({ problems: [], agents: [] }),
      planRemoval: async () => ({ problems: [], agents: [] }),
      explain: absent,
      whatIf: absent,
      async *watch() {},
      ...change,
    },
    agents: {
      async connect(who, stream) {
        heard.push(`hello ${who.name} ${who.appliedVersion}`);
        streams.push(stream);
        return {
          report: (report) => void reports.push(report),
          acknowledge: (version) => void heard.push(`acknowledge ${version}`),
          refuse: (version, reason) => void heard.push(`refuse ${version}: ${reason}`),
          closed: () => void heard.push('closed'),
        };
      },
    },
  };
  return { handlers, heard, streams, reports };
}
