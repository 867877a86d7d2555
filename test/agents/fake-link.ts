/** A coordinator at the other end, who writes down what it is told. */
import type { AgentLink } from '../../src/api/agent-client.ts';
import type { AgentHello, AgentIdentity, AgentReport } from '../../src/domain/agent-message.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';

interface Handlers {
  hello: () => AgentIdentity;
  held: () => Snapshot | undefined;
  onSnapshot: (snapshot: Snapshot) => void;
  onState: (connected: boolean, why: string) => void;
}

export interface FakeCoordinator {
  connect(handlers: Handlers): AgentLink;
  hello(): AgentHello;
  send(snapshot: Snapshot): void;
  /** It has taken the agent's call, and hears it from now on. */
  accept(): void;
  /** `acknowledged 3`, `refused 4: …`. */
  readonly answers: string[];
  lastReport(): AgentReport | undefined;
}

export function createFakeCoordinator(): FakeCoordinator {
  const answers: string[] = [];
  let handlers: Handlers | undefined;
  let report: AgentReport | undefined;
  const present = (): Handlers => {
    if (handlers === undefined) throw new Error('no agent has connected');
    return handlers;
  };
  return {
    connect(given) {
      handlers = given;
      return {
        connected: true,
        coordinators: () => [],
        report: (next) => {
          report = next;
        },
        acknowledge: (version) => answers.push(`acknowledged ${version}`),
        refuse: (version, reason) => answers.push(`refused ${version}: ${reason}`),
        close: async () => {},
      };
    },
    hello() {
      const { hello, held } = present();
      const { version = 0, checksum = '' } = held() ?? {};
      return { ...hello(), appliedVersion: version, appliedChecksum: checksum };
    },
    send: (snapshot) => present().onSnapshot(snapshot),
    accept: () => present().onState(true, 'coordinator'),
    answers,
    lastReport: () => report,
  };
}
