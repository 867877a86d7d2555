/** What the kernel, the provider, the clock and the programs must be like. Pure. */
import type { HostTrouble } from '../../domain/finding.ts';
import type { HostExamination } from '../../domain/host-examination.ts';
import { named } from '../../domain/named.ts';
import { bearsPort, defaultGue, type TunnelType } from '../../domain/tunnel.ts';
import { contentOf, type Subject } from './subject.ts';

export function unseen(id: HostTrouble['id'], reason: string): HostTrouble {
  return { id, level: 'unknown', what: `could not be looked at: ${reason}`, remedy: '' };
}

export function moduleTroubles({ modules }: HostExamination): HostTrouble[] {
  if ('unseen' in modules) return [unseen('kernel-nft', modules.unseen)];
  return [...modules.value]
    .filter(([, state]) => state === 'missing')
    .map(
      ([name]): HostTrouble => ({
        id: name === 'nf_tables' ? 'kernel-nft' : name.startsWith('ip_vs') ? 'kernel-ipvs' : 'kernel-tunnel',
        what: `this kernel has no module ${name}`,
        remedy:
          ': install the kernel package that carries it ("cloud" kernels leave some to linux-modules-extra, or to the usual kernel), ' +
          'and boot that kernel where it is another',
      }),
    );
}

export function nftProgramTroubles({ hasNft }: HostExamination): HostTrouble[] {
  if ('unseen' in hasNft) return [unseen('kernel-nft', hasNft.unseen)];
  if (hasNft.value) return [];
  const mend = 'apt-get install -y nftables';
  return [
    {
      id: 'kernel-nft',
      what: 'there is no program nft on this host',
      remedy: `: install the package nftables (${mend})`,
      mend,
    },
  ];
}

export function providerTroubles(subject: Subject, { provider }: HostExamination): HostTrouble[] {
  if (subject.role === 'coordinator') return [];
  if ('unseen' in provider) return [unseen('cloud', provider.unseen)];
  switch (provider.value) {
    case 'aws':
      return [
        {
          id: 'cloud',
          level: 'warns',
          what: 'this is a machine of AWS, which drops packets with an address that is not its own, and nothing in here tells whether it does',
          remedy:
            ': switch the source/destination check off, and let in protocols 4, 41 and 47 in the security group (of GUE its UDP port)',
          mend: 'aws ec2 modify-instance-attribute --no-source-dest-check --instance-id "$(cat /sys/devices/virtual/dmi/id/board_asset_tag)"',
        },
      ];
    case 'gcp':
      return [
        {
          id: 'cloud',
          level: 'warns',
          what: 'this is a machine of Google Cloud, which drops packets with an address that is not its own unless it was made with can_ip_forward, and whose links have an MTU of 1460',
          remedy:
            ': make it with can_ip_forward, and let in protocols ipip and gre in the firewall of the network (of GUE its UDP port)',
        },
      ];
    case 'azure': {
      const types = tunnelsInUse(subject);
      const isLost = types.some((type) => !bearsPort(type));
      return [
        {
          id: 'cloud',
          level: isLost ? 'fails' : 'warns',
          what: 'this is a machine of Azure, which carries neither IPIP nor GRE between machines, and drops packets with an address that is not their own',
          remedy: isLost
            ? `: use tunnel gue at its site, or forwarding masquerade; ${forwardingOfCards}`
            : `: ${forwardingOfCards}, and let in UDP port ${defaultGue.port} of GUE (or the one that the site says)`,
        },
      ];
    }
    case 'other':
      return [];
  }
}

const forwardingOfCards = 'switch IP forwarding on for its card';

/** None where nothing is known. */
function tunnelsInUse(subject: Exclude<Subject, { role: 'coordinator' }>): readonly TunnelType[] {
  if (subject.role === 'realserver') {
    const content = contentOf(subject);
    const isTunnelled = content?.directors.some(({ forwarding }) => forwarding === 'tunnel') === true;
    return isTunnelled ? [content.tunnel, ...(content.alsoTunnels ?? [])] : [];
  }
  const tunnelled = (contentOf(subject)?.realServers ?? []).filter(
    ({ forwarding }) => forwarding === 'tunnel',
  );
  return [...new Set(tunnelled.map(({ tunnel }) => tunnel))];
}

const farApartMs = 5_000;

export function coordinatorTroubles(
  { coordinators }: HostExamination,
  /** The host has nothing to go on with. */
  isNew: boolean,
): HostTrouble[] {
  if ('unseen' in coordinators)
    return [unseen('coordinator', coordinators.unseen), unseen('clock', coordinators.unseen)];
  const all = coordinators.value;
  // Whoever is asked by an agent of its own need not reach any.
  if (all.length === 0) return [];
  const lost = all.filter(({ problem }) => problem !== undefined);
  const told = all.flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs]));
  const troubles: HostTrouble[] = [];
  const [first] = lost;
  if (first !== undefined) {
    const isAll = lost.length === all.length;
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(first.endpoint) ?? [];
    troubles.push({
      id: 'coordinator',
      level: isAll && isNew ? 'fails' : 'warns',
      what: `${isAll ? 'no coordinator is reached' : 'not every coordinator is reached'}: ${named(lost.map(({ endpoint, problem }) => `${endpoint} (${problem})`))}`,
      remedy: `; see that it runs and that TCP ${port} is let through`,
      mend: `nc -vz ${host.replaceAll(/[[\]]/g, '')} ${port}`,
    });
  }
  const worst = told.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  if (worst === undefined)
    troubles.push(unseen('clock', 'no coordinator told its time (its HTTP port, 7480, was asked for it)'));
  else if (Math.abs(worst) > farApartMs)
    troubles.push({
      id: 'clock',
      level: 'warns',
      what: `this host's clock is ${Math.round(Math.abs(worst) / 1_000)} s ${worst > 0 ? 'ahead of' : 'behind'} a coordinator's`,
      remedy: '; have both keep time (timedatectl set-ntp true)',
      mend: 'timedatectl set-ntp true',
    });
  return troubles;
}

export function programTroubles({ role }: Subject, { program }: HostExamination): HostTrouble[] {
  const name = `causeway-${role}`;
  if ('unseen' in program) return [unseen('agent', program.unseen)];
  const { absent } = program.value;
  if (absent !== undefined)
    return [
      {
        id: 'agent',
        level: 'warns',
        what: `${name} does not answer here: ${absent}`,
        remedy: '',
        mend: `systemctl restart ${name}`,
      },
    ];
  const { trouble, paths = [], pathsUnseen } = program.value;
  const down = paths.filter(({ state }) => state === 'down' || state === 'gone');
  return [
    ...(trouble === undefined
      ? []
      : [
          {
            id: 'agent' as const,
            // Traffic goes on without a coordinator.
            ...(role === 'coordinator' ? { level: 'warns' as const } : {}),
            what: `${name} is not well: ${trouble}`,
            remedy: '',
            mend: `journalctl -u ${name} -n 50`,
          },
        ]),
    ...(pathsUnseen === undefined ? [] : [unseen('peer-path', pathsUnseen)]),
    ...(down.length === 0
      ? []
      : [
          {
            id: 'peer-path' as const,
            // The others carry the traffic.
            ...(down.length < paths.length ? { level: 'warns' as const } : {}),
            what: `${named(down.map(({ realServer }) => realServer))} ${down.length === 1 ? 'is' : 'are'} not reached through the tunnel`,
            remedy: '; run causeway doctor there',
            mend: 'causeway status',
          },
        ]),
  ];
}
