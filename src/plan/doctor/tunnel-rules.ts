/** Tunnels: ours that are not there, anybody's that are open, and what fits through them. Pure. */
import { familyOf } from '../../domain/address.ts';
import type { HostTrouble } from '../../domain/finding.ts';
import type { HostExamination } from '../../domain/host-examination.ts';
import { emptyHostState } from '../../domain/host-state.ts';
import type { HostSurvey, SurveyedLink } from '../../domain/host-survey.ts';
import { named } from '../../domain/named.ts';
import { roles } from '../../domain/role.ts';
import { factsOf, isOwnDeviceName, linkTypeNames } from '../../domain/tunnel.ts';
import { realServerFacts } from '../real-server-facts.ts';
import { realServerHost } from '../real-server-host.ts';
import { overheadOf, udpHeaderBytes } from '../tunnel-device.ts';
import { rivalTunnels } from '../tunnel-users.ts';
import { vipsOf } from '../vips.ts';
import { contentOf, type RealServerSubject } from './subject.ts';

/** Kinds of devices that take something off, ours and others'. */
const decapsulating = new Set<string>(
  linkTypeNames.flatMap((type) =>
    factsOf(type).protocols.length === 0 ? [] : [type, ...factsOf(type).rivals],
  ),
);

function isTunnel({ kind, up }: SurveyedLink): boolean {
  return up && kind !== undefined && decapsulating.has(kind);
}

/** `tables`: names of nft tables; undefined: not known. */
export function openTunnelTroubles(
  { links }: Pick<HostSurvey, 'links'>,
  tables: HostExamination['tables'],
): HostTrouble[] {
  const open = links.filter((link) => isTunnel(link) && link.remote === undefined);
  const foreign = open.filter(({ name }) => !isOwnDeviceName(name));
  const own = open.filter(({ name }) => isOwnDeviceName(name));
  const isClosed = !('value' in tables) || tables.value.includes(roles.realserver.nftTable);
  // Whether anybody needs it nobody here knows: a network of containers may live by it.
  const troubles = foreign.map(
    ({ name, kind }): HostTrouble => ({
      id: 'tunnel-open',
      level: 'warns',
      what: `${name} (${kind}) decapsulates what anybody sends`,
      remedy: `: set it down if nobody needs it (ip link set ${name} down), else give it a remote end or let only known senders in by a rule`,
    }),
  );
  if (own.length === 0 || isClosed) return troubles;
  const mend = 'systemctl restart causeway-realserver';
  return [
    {
      id: 'tunnel-open',
      level: 'warns',
      what: `the nft table ${roles.realserver.nftTable} is gone, so ${named(own.map(({ name }) => name))} decapsulates what anybody sends`,
      remedy: `: the agent makes it anew within a second while it runs (${mend})`,
      mend,
    },
    ...troubles,
  ];
}

export function rivalTroubles(subject: RealServerSubject, survey: HostSurvey, link: string): HostTrouble[] {
  const content = contentOf(subject);
  const { address, dedicated } = subject;
  if (content === undefined || address === undefined) return [];
  const wanted = realServerHost(content, realServerFacts(survey, address, link, dedicated));
  const directors = content.directors.map((one) => one.address);
  const rival = rivalTunnels(wanted, survey.links, emptyHostState, { address, directors });
  const robber = wanted.links.some(({ remote }) => remote !== undefined)
    ? survey.links.find(
        ({ name, kind, up, remote }) =>
          up && remote === undefined && kind !== 'dummy' && isOwnDeviceName(name),
      )
    : undefined;
  const missing = wanted.links.filter(({ name }) => !survey.links.some((one) => one.name === name && one.up));
  const [first] = missing;
  if (first === undefined) return rival === undefined ? [] : [rival];
  const restart = 'systemctl restart causeway-realserver';
  if (robber !== undefined)
    return [
      {
        id: 'tunnel-rival',
        what: `another tunnel is in use on this host, and ${robber.name} takes its packets`,
        remedy: `; the agent puts one device for each director in its place while it runs (${restart}), or, with dedicated: true, leaves it so`,
        mend: restart,
      },
    ];
  const isThere = survey.links.some(({ name }) => name === first.name);
  return [
    ...(rival === undefined ? [] : [rival]),
    {
      id: 'kernel-tunnel',
      what: `${named(missing.map(({ name }) => name))} is ${isThere ? 'down' : 'not there'}: what directors send is refused`,
      remedy: `; the agent makes and keeps it while it runs (${restart})`,
      mend: isThere ? `ip link set ${first.name} up` : restart,
    },
  ];
}

const usualMtuBytes = 1_500;

/** TCP is told a segment that fits; datagrams cannot be. */
export function mtuTroubles(subject: RealServerSubject, { links }: HostSurvey, link: string): HostTrouble[] {
  const content = contentOf(subject);
  const { address } = subject;
  const mtuBytes = links.find(({ name }) => name === link)?.mtu;
  if (content === undefined || address === undefined || mtuBytes === undefined) return [];
  if (!content.directors.some(({ forwarding }) => forwarding === 'tunnel')) return [];
  const datagrams = content.services.filter(({ ports }) => ports.some(({ protocol }) => protocol === 'udp'));
  const [vip] = vipsOf({ services: datagrams });
  if (vip === undefined) return [];
  const [inner, outer] = [familyOf(vip), familyOf(address)];
  const byLink = mtuBytes - overheadOf(content.tunnel, outer);
  const { tunnelMtuBytes = byLink } = subject;
  const largest = Math.min(byLink, tunnelMtuBytes) - udpHeaderBytes[inner];
  const untunnelled = usualMtuBytes - udpHeaderBytes[inner];
  if (largest >= untunnelled) return [];
  const enough = usualMtuBytes + overheadOf(content.tunnel, outer);
  const why =
    tunnelMtuBytes < byLink
      ? `, which carries ${tunnelMtuBytes} on its way here from some director`
      : ` at ${link}'s MTU of ${mtuBytes}`;
  return [
    {
      id: 'mtu',
      level: 'warns',
      what:
        `datagrams of ${named(datagrams.map(({ name }) => name))} above ${largest} bytes do not fit through the tunnel${why}: ` +
        'the first of each is lost, and with ICMP filtered all are',
      remedy: `; have the application send less, or give the links between the sites an MTU of ${enough} or more`,
    },
  ];
}

/** A director's own link is narrower than the segments that real servers tell clients to send. */
export function narrowLinkTroubles({ links }: HostSurvey, link: string): HostTrouble[] {
  const mtuBytes = links.find(({ name }) => name === link)?.mtu;
  if (mtuBytes === undefined || mtuBytes >= usualMtuBytes) return [];
  return [
    {
      id: 'mtu',
      level: 'warns',
      what: `${link} has an MTU of ${mtuBytes}: full segments for real servers on links of ${usualMtuBytes} do not fit, and uploads hang where ICMP is filtered`,
      remedy: `; give real servers' links the same MTU, so that they tell clients a smaller segment`,
    },
  ];
}
