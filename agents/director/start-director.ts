/** How a director's agent begins on a real host, and how all traces of it are removed. */
import { connect } from 'node:net';
import { release } from 'node:os';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { schedulers } from '../../src/domain/ipvs-table.ts';
import { roles } from '../../src/domain/role.ts';
import { routedDevice } from '../../src/domain/tunnel.ts';
import { createIpvs } from '../../src/kernel/ipvs/ipvs.ts';
import { lackingSchedulers } from '../../src/kernel/ipvs/schedulers.ts';
import { claimTable, nearTable } from '../../src/plan/director-host.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import { createProbeSocket } from '../../src/probe/probe-socket.ts';
import type { DirectorConfig } from '../../src/runtime/config.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { cleanUp, tellCleanUp } from '../shared/cleanup.ts';
import { adoptOwn, live, openParts, refuseStrangers } from '../shared/life.ts';
import { createDirectorAgent } from './director-agent.ts';
import { createNonces } from './nonce.ts';
import { lookOnlyIpvs, ownServices, removeServices } from './remove-services.ts';
import { sendsGue } from './sends-gue.ts';

/** Names of ours, not to be made, only asked about: whoever else bears one is asked to make room. */
const ownNames: HostState = {
  ...emptyHostState,
  nft: [{ kind: 'probe-marks', name: roles.director.nftTable, vips: [], probePort: 0, marks: [] }],
};

export async function startDirector(config: DirectorConfig, log: Logger): Promise<void> {
  const parts = await openParts('director', config, log);
  await adoptOwn(parts, { links: [routedDevice], nft: ownNames.nft, tables: [claimTable, nearTable] });
  const opened = await createIpvs();
  const ipvs = config.observe ? lookOnlyIpvs(opened) : opened;
  if (config.cleanup && config.observe) {
    tellCleanUp(parts, (await ownServices(ipvs, parts.ledger)).map(describeIpvsOperation));
    return ipvs.close();
  }
  if (config.cleanup) {
    await cleanUp(parts, await removeServices(ipvs, parts.ledger));
    return ipvs.close();
  }
  await refuseStrangers(parts, ownNames);
  const network = { openSocket: createProbeSocket, connect };
  const lacking = await lackingSchedulers(schedulers);
  if (lacking.length > 0)
    log.info(
      { schedulers: lacking },
      'this kernel has no module for some schedulers of IPVS: no service can use them here',
    );
  const own = { lacking, sendsGue: sendsGue(release()), nonce: createNonces() };
  const agent = await createDirectorAgent({ ...parts, ...own, ipvs, network });
  await live(parts, agent, () => ipvs.close());
}
