/** IP protocols that filters name. */

/** By the names that nft and iptables give them (/etc/protocols). */
export const ipProtocolNumbers: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipip: 4,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  'ipv6-icmp': 58,
  icmpv6: 58,
  esp: 50,
  ah: 51,
  vrrp: 112,
  sctp: 132,
  udplite: 136,
};
