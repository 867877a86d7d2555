/** The numbers of the kernel's IPVS family (linux/ip_vs.h, genetlink.h). */

export const familyName = 'IPVS';
export const familyVersion = 1;

export const command = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  setConfig: 12,
  getConfig: 13,
  getInfo: 15,
} as const;

/** First level of every command. */
export const commandAttribute = { service: 1, destination: 2 } as const;

/** Beside a service and a destination, on the first level of GET_CONFIG and SET_CONFIG: seconds. */
export const timeoutAttribute = { tcp: 4, tcp_fin: 5, udp: 6 } as const;

export const serviceAttribute = {
  family: 1,
  protocol: 2,
  address: 3,
  port: 4,
  mark: 5,
  scheduler: 6,
  flags: 7,
  timeout: 8,
  netmask: 9,
  stats: 10,
  stats64: 12,
} as const;

export const destinationAttribute = {
  address: 1,
  port: 2,
  forwarding: 3,
  weight: 4,
  upperThreshold: 5,
  lowerThreshold: 6,
  activeConnections: 7,
  inactiveConnections: 8,
  persistentConnections: 9,
  stats: 10,
  family: 11,
  stats64: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
} as const;

export const statsAttribute = {
  connections: 1,
  packetsIn: 2,
  packetsOut: 3,
  bytesIn: 4,
  bytesOut: 5,
} as const;

/** IP_VS_SVC_F_*. `hashed` is the kernel's own: a service sent with it is not entered into the table. */
export const serviceFlag = {
  persistent: 0x1,
  hashed: 0x2,
  onePacket: 0x4,
  /** mh and sh: pass over destinations of weight 0. */
  fallback: 0x8,
  /** mh and sh: hash the source port too. */
  port: 0x10,
  scheduler3: 0x20,
} as const;

/** IP_VS_CONN_F_*, the part that says how packets are forwarded. */
export const forwardingMethod = { masquerade: 0, local: 1, tunnel: 2, direct: 3, bypass: 4 } as const;

export const tunnelFlag = { checksum: 1 } as const;

/** Bytes of an attribute, header and all, that are read of it at least; of others only the header. */
export const shortestService = lengths(serviceAttribute, {
  family: 2,
  protocol: 2,
  port: 2,
  mark: 4,
  flags: 4,
  timeout: 4,
  netmask: 4,
});
export const shortestDestination = lengths(destinationAttribute, {
  ...{ port: 2, forwarding: 4, weight: 4, family: 2, tunnelType: 1, tunnelPort: 2, tunnelFlags: 2 },
  ...{ upperThreshold: 4, lowerThreshold: 4 },
  ...{ activeConnections: 4, inactiveConnections: 4, persistentConnections: 4 },
});

/** By number of the attribute. */
function lengths<K extends string>(
  numbers: Readonly<Record<K, number>>,
  values: Partial<Record<K, number>>,
): Uint8Array {
  const found = new Uint8Array(32).fill(4);
  for (const [name, bytes] of Object.entries<number | undefined>(values))
    found[numbers[name as K]] = 4 + (bytes ?? 0);
  return found;
}

export const addressFamily = { ipv4: 2, ipv6: 10 } as const;
export const protocolNumber = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Length of union nf_inet_addr: both families travel in 16 bytes. */
export const addressLength = 16;
