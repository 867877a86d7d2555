// Which packages there are: the one executable, and each program that runs all the time as a small package that makes a service of it.
import type { Role } from '../../src/runtime/config-keys.ts';

export interface PackageDescription {
  readonly name: string;
  /** `any`: one for each architecture. */
  readonly architecture: 'any' | 'all';
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
  readonly summary: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  /** Of a package that makes a service of a program. */
  readonly role?: Role;
  /** Kernel modules, loaded with the machine. */
  readonly modules: readonly string[];
}

const about =
  'Causeway spreads the connections of a virtual IP over real servers in several datacentres, with the IPVS of the Linux kernel as the data plane and IP tunnels between the sites.';

/** It has /bin/kill, by which units reload; the smallest Debian has not. */
const reloading = 'procps';

/** `version`: of all of them, which belong together. */
export function packageDescriptions(version: string): PackageDescription[] {
  const whole = `causeway (= ${version})`;
  return [
    {
      name: 'causeway',
      architecture: 'any',
      // As the symbols of Node's binary ask for.
      depends: ['libc6 (>= 2.28)', 'libgcc-s1 (>= 3.4)', 'libstdc++6 (>= 5.2)'],
      recommends: [],
      summary: 'load balancing across datacentres on IPVS: the admin client',
      text: [
        about,
        'This package has the one executable of all programs, and the admin client that it is by itself.',
      ],
      modules: [],
    },
    {
      name: 'causeway-coordinator',
      architecture: 'all',
      depends: [whole, reloading, 'systemd | systemd-standalone-sysusers | systemd-sysusers'],
      recommends: [],
      summary: 'load balancing across datacentres on IPVS: the control plane',
      text: [about, 'This package makes a service of the coordinator, of which each site has one or more.'],
      role: 'coordinator',
      modules: [],
    },
    {
      name: 'causeway-director',
      architecture: 'all',
      depends: [whole, reloading, 'kmod', 'nftables'],
      recommends: ['ipvsadm'],
      summary: 'load balancing across datacentres on IPVS: the agent of a director',
      text: [about, 'This package makes a service of the agent that programs IPVS on a director.'],
      role: 'director',
      modules: ['ip_vs', 'nf_tables'],
    },
    {
      name: 'causeway-realserver',
      architecture: 'all',
      depends: [whole, reloading, 'kmod', 'nftables'],
      recommends: [],
      summary: 'load balancing across datacentres on IPVS: the agent of a real server',
      text: [
        about,
        'This package makes a service of the agent that brings up tunnels and virtual IPs on a real server, and a socket of systemd that vouches for the host while the agent is not there.',
      ],
      role: 'realserver',
      modules: ['ipip', 'ip_gre', 'fou', 'nf_tables'],
    },
  ];
}

export interface ControlOptions {
  readonly version: string;
  /** Debian's name of it. */
  readonly architecture: string;
  readonly maintainer: string;
  readonly installedKiB: number;
}

/** The file `control` (deb-control(5)). */
export function controlFile(one: PackageDescription, options: ControlOptions): string {
  const { version, architecture, maintainer, installedKiB } = options;
  const lines = [
    `Package: ${one.name}`,
    'Source: causeway',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${installedKiB}`,
    `Depends: ${one.depends.join(', ')}`,
    ...(one.recommends.length === 0 ? [] : [`Recommends: ${one.recommends.join(', ')}`]),
    'Section: net',
    'Priority: optional',
    `Description: ${one.summary}`,
    one.text.map(wrapped).join('\n .\n'),
    '',
  ];
  return lines.filter((line) => line !== 'Source: causeway' || one.name !== 'causeway').join('\n');
}

function wrapped(paragraph: string): string {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 78) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines.join('\n');
}
