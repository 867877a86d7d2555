/** What a director's report says of its ways and destinations, by real server; asked at every plan. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { DestinationReport, PathReport } from '../../domain/report.ts';
import { destinationHealth } from '../health.ts';
import { remembered } from '../remembered.ts';

export const pathsByName = remembered(
  ({ paths }: AgentReport): ReadonlyMap<string, PathReport> =>
    new Map(paths.map((path) => [path.realServer, path])),
);

const none: ReadonlySet<string> = new Set();

/**
 * Names of the real servers to which the director has lost the way; few. Of one that suspects itself none: what it no longer
 * hears may be its own silence.
 */
export const lostPaths = remembered(({ paths, held }: AgentReport): ReadonlySet<string> => {
  if (held !== '') return none;
  const lost = paths.filter(({ state }) => state === 'down' || state === 'gone');
  return lost.length === 0 ? none : new Set(lost.map(({ realServer }) => realServer));
});

/** Names of those that it reaches, but for one of their VIPs. */
export const lostAVip = remembered(({ paths, held }: AgentReport): ReadonlySet<string> => {
  const lost = paths.filter(({ lostVips }) => held === '' && lostVips !== undefined);
  return lost.length === 0 ? none : new Set(lost.map(({ realServer }) => realServer));
});

/** Names of those that it reaches though no agent answers it there. */
export const agentless = remembered(({ paths, held }: AgentReport): ReadonlySet<string> => {
  if (held !== '') return none;
  const absent = paths.filter(({ state, agent }) => state === 'up' && agent === 'absent');
  return absent.length === 0 ? none : new Set(absent.map(({ realServer }) => realServer));
});

const destinationsThat = (is: (destination: DestinationReport) => boolean) =>
  remembered(({ destinations }: AgentReport): ReadonlySet<string> => {
    const found = destinations.filter(is);
    return found.length === 0
      ? none
      : new Set(found.map(({ service, realServer }) => `${service} ${realServer}`));
  });

/** As `service realServer`: whose application the director has found failing, and well; and to whom its kernel sends. */
export const failingDestinations = destinationsThat(({ verdict }) => verdict === 'unhealthy');
/** Well, or not checked at all. */
export const wellDestinations = destinationsThat(
  ({ verdict = 'unknown' }) => destinationHealth('up', verdict) === 'healthy',
);
export const uncheckedDestinations = destinationsThat(({ verdict }) => verdict === 'unchecked');
export const carryingDestinations = destinationsThat(({ weight }) => weight > 0);
