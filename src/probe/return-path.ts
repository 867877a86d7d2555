/**
 * The datagrams by which a real server shows that what it sends from a VIP gets out of its site, as they look on the wire.
 *
 *     presence 'CW' · version 3 · kind 4 · round 8 · epoch 4 · length 1 · real server · count 1 · count × VIP 16 · tag 16
 *     proof    'CW' · version 3 · kind 5 · as of a presence, with the one VIP that it is sent from
 *
 * Integers are big-endian. The tag is HMAC-SHA256, cut to 16 bytes, by the key of this real server and this collector (keys.ts), over all before
 * it. A round is some proofs, each from its VIP, and one presence from the host's own address that names their VIPs: whoever hears
 * the presence alone knows what was kept from him. Rounds grow, and tell the sender's time, so that none is good twice. Nobody answers.
 */
import { vipsARound } from '../domain/return-path.ts';
import { address16, addressOf16, isSealed, type Seal, sealed, tagBytes } from './seal.ts';

export interface RoundDatagram {
  readonly kind: 'presence' | 'proof';
  /** Milliseconds since the epoch, by the sender's clock, when it was begun; each higher than the one before. */
  readonly round: number;
  readonly realServer: string;
  /** Of the secret that the key was made from. */
  readonly epoch: number;
  /** Of a proof one. */
  readonly vips: readonly string[];
}

const magic = 0x4357;
const version = 3;
const kinds = { presence: 4, proof: 5 } as const;
const nameAt = 4 + 8 + 4 + 1;
const shortest = nameAt + 1 + tagBytes;
const nameLimit = 255;
const vipBytes = 16;

export function encodeRound({ kind, round, realServer, epoch, vips }: RoundDatagram, seal: Seal): Buffer {
  const name = Buffer.from(realServer).subarray(0, nameLimit);
  const told = vips.slice(0, vipsARound);
  const bytes = Buffer.alloc(shortest + name.length + told.length * vipBytes);
  bytes.writeUInt16BE(magic, 0);
  bytes.writeUInt8(version, 2);
  bytes.writeUInt8(kinds[kind], 3);
  bytes.writeBigUInt64BE(BigInt(round), 4);
  bytes.writeUInt32BE(epoch, 12);
  bytes.writeUInt8(name.length, 16);
  bytes.set(name, nameAt);
  const countAt = nameAt + name.length;
  bytes.writeUInt8(told.length, countAt);
  for (const [index, vip] of told.entries()) bytes.set(address16(vip), countAt + 1 + index * vipBytes);
  return sealed(bytes, seal);
}

/** Undefined for whatever was not made with the key of whom it names, and a version that we read. `sealOf`: undefined for an epoch that is not known. */
export function decodeRound(
  bytes: Uint8Array,
  sealOf: (realServer: string, epoch: number) => Seal | undefined,
): RoundDatagram | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < shortest || view.readUInt16BE(0) !== magic || view.readUInt8(2) !== version)
    return undefined;
  const kind = view.readUInt8(3);
  if (kind !== kinds.presence && kind !== kinds.proof) return undefined;
  const countAt = nameAt + view.readUInt8(16);
  const count = countAt < view.length ? view.readUInt8(countAt) : 0;
  if (view.length !== countAt + 1 + count * vipBytes + tagBytes) return undefined;
  if (count > vipsARound || (kind === kinds.proof && count !== 1)) return undefined;
  const round = view.readBigUInt64BE(4);
  if (round > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const realServer = view.toString('utf8', nameAt, countAt);
  const epoch = view.readUInt32BE(12);
  // Whoever is not known costs no HMAC.
  const seal = sealOf(realServer, epoch);
  if (seal === undefined || !isSealed(view, seal)) return undefined;
  const vips = Array.from({ length: count }, (_, index) => {
    const at = countAt + 1 + index * vipBytes;
    return addressOf16(view.subarray(at, at + vipBytes));
  });
  return { kind: kind === kinds.proof ? 'proof' : 'presence', round: Number(round), realServer, epoch, vips };
}
