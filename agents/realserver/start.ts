/** How a real server's agent begins on a real host, and how all traces of it are removed. */
import { createRtnetlinkClient } from '../../src/kernel/link/rtnetlink-client.ts';
import { createConnection } from '../../src/kernel/netlink/connection.ts';
import type { RealServerConfig } from '../../src/runtime/config.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { cleanUp } from '../shared/cleanup.ts';
import { live, openParts, refuseStrangers } from '../shared/life.ts';
import { createRealServerAgent } from './agent.ts';
import { ownNames } from './own-names.ts';

export async function startRealServer(config: RealServerConfig, log: Logger): Promise<void> {
  const parts = await openParts('realserver', config, log);
  if (config.cleanup) return await cleanUp(parts);
  await refuseStrangers(parts, ownNames);
  const connection = createConnection(0);
  const rtnetlink = createRtnetlinkClient(connection);
  const agent = await createRealServerAgent({ ...parts, links: () => rtnetlink.links() });
  await live(parts, agent, () => connection.close());
}
