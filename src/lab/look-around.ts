// How to look into a lab that was left running.
import { relative } from 'node:path';
import { coordinatorPort } from './programs.ts';
import { runFolder } from './run-place.ts';
import type { Scenario } from './scenario.ts';
import { planTopology } from './topology.ts';

export function lookAround(scenario: Scenario, dist: string): string[] {
  const { hosts } = planTopology(scenario);
  const first = (role: string): string => hosts.find((host) => host.role === role)?.name ?? '';
  const coordinator = hosts.find(({ role }) => role === 'coordinator')?.address ?? '';
  const causeway = `node ${relative(process.cwd(), dist) || '.'}/causeway.mjs`;
  const inside = `${causeway} lab exec -- `;
  const inHost = (host: string): string => `${inside}ip netns exec ${host} `;
  return [
    '',
    'The lab is still up. To look into it:',
    `  ${inHost(first('director'))}ipvsadm -Ln`,
    `  ${inHost(first('client'))}${causeway} --coordinator ${coordinator}:${coordinatorPort} status`,
    `  ${inHost(first('client'))}busybox wget -qO- ${scenario.load.url}`,
    `  ${inHost(first('realserver'))}ip -s -d link`,
    `  ${inside}cat ${runFolder}/logs/${first('director')}.log`,
    `  ${inside}ip netns list`,
    'To end it:',
    `  ${causeway} lab stop`,
  ];
}
