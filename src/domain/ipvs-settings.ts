/** Settings of IPVS itself that operators may choose: what each is called, what it may be, and which values would undo what Causeway does. */

export interface IpvsSettingFacts {
  /** Dotted, as sysctl(8) spells it; timeouts, which the kernel has by netlink alone, stand below `ipvs.timeout`. */
  readonly sysctl: string;
  readonly from: number;
  readonly to: number;
  readonly what: string;
  /** The smallest value with which Causeway works, and why. */
  readonly needs?: { readonly least: number; readonly why: string };
}

/** The kernel keeps jiffies in a signed number (ip_vs_set_timeout in ip_vs_ctl.c), up to 1,000 a second. */
const longestSeconds = 2_147_483;

function yesOrNo(sysctl: string, what: string, why?: string): IpvsSettingFacts {
  const facts = { sysctl: `net.ipv4.vs.${sysctl}`, from: 0, to: 1, what };
  return why === undefined ? facts : { ...facts, needs: { least: 1, why } };
}

const ofEach = (name: string, what: string): IpvsSettingFacts => ({
  ...{ sysctl: `ipvs.timeout.${name}`, from: 1, to: longestSeconds, what },
});

export const ipvsSettingFacts = {
  tcpTimeoutSeconds: ofEach('tcp', 'how long an established TCP connection may be idle; of itself: 900'),
  tcpFinTimeoutSeconds: ofEach('tcp_fin', 'the same once an end has been seen; of itself: 120'),
  udpTimeoutSeconds: ofEach('udp', 'how long a flow of UDP is remembered; of itself: 300'),
  expireNodestConn: yesOrNo(
    'expire_nodest_conn',
    'connections to a deleted destination are reset; Causeway: 1',
    'connections to a real server that has died would hang instead of being reset',
  ),
  expireQuiescentTemplate: yesOrNo(
    'expire_quiescent_template',
    'persistence ends with weight 0; Causeway: 1',
    'persistent clients would go on being sent to a real server that is drained or dead',
  ),
  connReuseMode: {
    ...{ sysctl: 'net.ipv4.vs.conn_reuse_mode', from: 0, to: 3 },
    what: "when a client's port that comes again is scheduled anew; Causeway: 3",
    needs: { least: 1, why: 'a port that comes again would be sent to a real server of weight 0' },
  },
  sloppyTcp: yesOrNo(
    'sloppy_tcp',
    'a connection may be taken over in its middle; under scheduler mh: 1',
    'connections under scheduler mh would not survive a change of director',
  ),
  sloppySctp: yesOrNo('sloppy_sctp', 'the same of an association of SCTP; of itself: 0'),
  conntrack: yesOrNo('conntrack', 'connections are tracked by netfilter too; of itself: 0'),
  pmtuDisc: yesOrNo('pmtu_disc', 'clients are told what fits through the tunnels; of itself: 1'),
  scheduleIcmp: yesOrNo('schedule_icmp', 'ICMP errors without a connection are scheduled; of itself: 0'),
  runEstimation: yesOrNo(
    'run_estimation',
    'the counters of services and destinations go on; of itself: 1',
    'Causeway measures demand by these counters',
  ),
  connMax: {
    ...{ sysctl: 'net.ipv4.vs.conn_max', from: 1, to: 0x7fff_ffff },
    what: 'connections that IPVS remembers at most, from Linux 7 on; beyond it new ones fail',
  },
} as const satisfies Readonly<Record<string, IpvsSettingFacts>>;

export type IpvsSettingName = keyof typeof ipvsSettingFacts;
export const ipvsSettingNames = Object.keys(ipvsSettingFacts) as [IpvsSettingName, ...IpvsSettingName[]];

/** By name; what is not named is as Causeway, or the kernel, has it. */
export type IpvsSettings = Readonly<Partial<Record<IpvsSettingName, number>>>;

/** Those that this version knows. */
export function knownIpvsSettings(values: Readonly<Record<string, number | undefined>>): IpvsSettings {
  return Object.fromEntries(
    ipvsSettingNames.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
