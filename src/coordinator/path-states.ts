/** What a director's report says of its ways, by real server; asked at every plan. */
import type { AgentReport } from '../domain/agent-message.ts';
import { remembered } from '../plan/remembered.ts';

export const pathStates = remembered(
  ({ paths }: AgentReport) => new Map(paths.map(({ realServer, state }) => [realServer, state])),
);

/** Names of the real servers to which the director has lost the way; few. */
export const lostPaths = remembered(({ paths }: AgentReport) =>
  paths.filter(({ state }) => state === 'down' || state === 'gone').map(({ realServer }) => realServer),
);
