/** An agent's link which, as agents do, says with each connection how things are: here what it was given last. */
import { type AgentClientOptions, type AgentLink, connectAgent } from '../../src/api/agent-client.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';

export function connectSaying(options: AgentClientOptions): AgentLink {
  let said: AgentReport | undefined;
  const link = connectAgent({
    ...options,
    onState(connected, why) {
      if (connected && said !== undefined) link.report(said);
      options.onState?.(connected, why);
    },
  });
  return {
    ...link,
    get connected() {
      return link.connected;
    },
    report(report) {
      said = report;
      link.report(report);
    },
  };
}
