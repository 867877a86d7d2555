/** keepalived's configuration for a director of a site whose VIPs stand on one link: VRRP and nothing else, for IPVS is Causeway's. Pure. */
import { compareAddresses, familyOf, hostPrefixLength } from '../domain/address.ts';
import { CausewayError } from '../domain/error.ts';
import { routedDevice } from '../domain/tunnel.ts';
import { isNetwork } from '../domain/vip-network.ts';
import { compareText } from './order.ts';

export interface VrrpDirector {
  readonly name: string;
  /** DIP. */
  readonly address: string;
}

export interface VrrpQuestion {
  readonly site: string;
  /** Whose configuration it is to be. */
  readonly director: string;
  /** All of the site, this one among them. */
  readonly directors: readonly VrrpDirector[];
  readonly vips: readonly string[];
  /** Of this director: where routers and neighbours look for the VIPs. */
  readonly link: string;
  /** 1..255; absent: made of the site's name. Others on the link must not have it. */
  readonly routerId?: number;
}

/** Found dead after three of them, and a little. */
const advertisementSeconds = 0.3;
const highestPriority = 150;
/** So much less where it can serve nothing: below all that can. */
const burden = 100;
/** From one director to the next, in the order of their names. */
const priorityStep = 5;
const indent = '        ';

/** Throws `invalid` where keepalived can't do it. */
export function vrrpFragment(question: VrrpQuestion): string {
  const { site, director, link } = question;
  const directors = question.directors.toSorted((a, b) => compareText(a.name, b.name));
  const place = directors.findIndex(({ name }) => name === director);
  const own = directors[place];
  if (own === undefined) throw refusal(`director ${director}`, `it is none of site ${site}`);
  const family = familyOf(own.address);
  const alike = directors.filter(({ address }) => familyOf(address) === family);
  const vips = [...new Set(question.vips.filter((vip) => !isNetwork(vip)))].toSorted(compareAddresses);
  const first = vips.find((vip) => familyOf(vip) === family);
  if (first === undefined) {
    const missing = `no VIP of ${family === 'ipv4' ? 'IPv4' : 'IPv6'}, the family of its own address ${own.address}`;
    throw refusal(`site ${site}`, `${missing}: keepalived advertises at least one of them`);
  }
  const address = (vip: string) => `${indent}${vip}/${hostPrefixLength(vip)} dev ${link}`;
  // An advertisement holds few addresses, of one family: all but the first go along without being named in it.
  const others = vips.filter((vip) => vip !== first);
  const peers = alike.filter(({ name }) => name !== director);
  return `${[
    `# VRRP for the VIPs of site ${site}, on director ${director}. No virtual_server: IPVS is Causeway's.`,
    `# The director has its VIPs on ${routedDevice} while it can serve something of them.`,
    'vrrp_script causeway_serves {',
    `    script "/bin/sh -c 'ip -o address show dev ${routedDevice} scope global | grep -q inet'"`,
    '    user root',
    ...['    interval 1', '    timeout 2', '    fall 1', '    rise 2', `    weight -${burden}`],
    '}',
    `vrrp_instance causeway_${site.replaceAll(/[^A-Za-z0-9]/g, '_')} {`,
    '    version 3',
    '    state BACKUP',
    `    interface ${link}`,
    `    virtual_router_id ${question.routerId ?? routerIdOf(site)}`,
    `    priority ${Math.max(burden + 1, highestPriority - priorityStep * place)}`,
    `    advert_int ${advertisementSeconds}`,
    ...['    preempt_delay 5', '    garp_master_delay 1', '    garp_master_refresh 30'],
    `    unicast_src_ip ${own.address}`,
    ...block(
      'unicast_peer',
      peers.map((peer) => `${indent}${peer.address}`),
    ),
    ...block('virtual_ipaddress', [address(first)]),
    ...block('virtual_ipaddress_excluded', others.map(address)),
    ...block('track_script', [`${indent}causeway_serves`]),
    '}',
  ].join('\n')}\n`;
}

function block(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`    ${name} {`, ...lines, '    }'];
}

/** The same wherever it is asked for. */
function routerIdOf(site: string): number {
  let sum = 0;
  for (const letter of site) sum = (31 * sum + (letter.codePointAt(0) ?? 0)) % 255;
  return 1 + sum;
}

function refusal(subject: string, message: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'write keepalived’s configuration',
    subject,
    message,
  });
}
