/** What our own programs have written, and others may have damaged: on disk, in the store, by the CA. */
import { createHash, X509Certificate } from 'node:crypto';
import { snapshotChecksum } from '../../../src/api/checksum.ts';
import { snapshotFromWire, snapshotToWire } from '../../../src/api/convert-snapshot.ts';
import { loadApi } from '../../../src/api/proto-services.ts';
import { snapshotFromText, snapshotToText } from '../../../src/api/stored-snapshot.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { formatLedger, type LedgerContent, parseLedger } from '../../../src/kernel/ledger-format.ts';
import { readCertificate } from '../../../src/pki/certificate.ts';
import { denialsText, deniedBy, isSigned, parseDenials } from '../../../src/pki/denied.ts';
import { parseIssuer } from '../../../src/pki/issuer.ts';
import { parseRecord, recordText } from '../../../src/pki/record.ts';
import { formatBackup, parseBackup } from '../../../src/store/backup.ts';
import { resourceKey } from '../../../src/store/keys.ts';
import { decodeRecord, encodeRecord } from '../../../src/store/record.ts';
import { readRevisionPart } from '../../../src/store/revision-changes.ts';
import { directorSnapshot, realServerSnapshot } from '../../agents/snapshots.ts';
import { resource } from '../../api/arbitrary.ts';
import type { Decoder } from '../fuzz.ts';
import type { Prng } from '../prng.ts';
import { certificates } from '../recorded/certificates.ts';
import { file, isRefused, never, sample, text, utf8 } from './inputs.ts';

interface Shape {
  serialize(message: object): Buffer;
  deserialize(bytes: Buffer): Parameters<typeof snapshotFromWire>[0];
}

/** With the checksum of what it says, so that more than the checksum is read. */
function withTrueChecksum(input: Uint8Array, prng: Prng): Uint8Array {
  if (prng.below(3) > 0) return input;
  const shape = loadApi().definition['causeway.v1.Snapshot'] as unknown as Shape;
  try {
    const snapshot = snapshotFromWire(shape.deserialize(shape.serialize(JSON.parse(text(input)))));
    return utf8(JSON.stringify(snapshotToWire({ ...snapshot, checksum: snapshotChecksum(snapshot) })));
  } catch {
    return input;
  }
}

/** A record under its key, as one JSON; what is none is a damaged record. */
function storedRecord(input: Uint8Array): unknown {
  const { key, value } = keyed(input);
  const record = decodeRecord(key, value, 'fuzz');
  const entry = { key, value, createRevision: 1, modRevision: 1 };
  return [record, record?.kind === 'revision-part' ? readRevisionPart(entry, 'fuzz') : undefined];
}

function keyed(input: Uint8Array): { readonly key: string; readonly value: string } {
  try {
    const [key, value] = JSON.parse(text(input));
    if (typeof key === 'string')
      return { key, value: typeof value === 'string' ? value : (JSON.stringify(value) ?? '') };
  } catch {
    // As it is, below.
  }
  return { key: 'resources/Service/web', value: text(input) };
}

function recordSeeds(): Uint8Array[] {
  const resources = sample(resource, 40);
  const declared = resources.map((value) => [
    resourceKey(value),
    JSON.parse(encodeRecord({ kind: 'resource', value })),
  ]);
  const service = resources.find(({ kind }) => kind === 'Service');
  const where = { site: 'fra', address: '10.1.0.2', prefixLength: 24 };
  const change = { kind: 'Service', name: 'web', outcome: 'changed', before: service, after: service };
  const claim = { site: 'fra', isWithdrawn: true, reachableConnections: 1, usableConnections: 0 };
  const others = [
    ['members/director/fra-d1', { role: 'director', name: 'fra-d1', ...where }],
    [
      'members/realserver/fra-r1',
      { role: 'realserver', name: 'fra-r1', ...where, labels: { app: 'web' }, capacity: 10, probeSlot: 4 },
    ],
    ['probe-slots/0004', { owner: 'fra-r1' }],
    ['latency/fra/lon', { from: 'fra', to: 'lon', p50Us: 1_000, p90Us: 2_000, loss: 0 }],
    ['flows/web', { service: 'web', flows: [{ from: 'fra', to: 'lon', milli: 500 }] }],
    ['weights/web/fra', { service: 'web', site: 'fra', weights: { 'fra-r1': 100 } }],
    [
      'leader-memory',
      { leaps: { web: 1 }, orders: ['a'], claims: { web: [claim] }, cutOff: { fra: ['lon'] } },
    ],
    [
      'estimates/007',
      {
        part: '007',
        servers: [
          {
            ...{ name: 'fra-r1', measuredPpm: 400_000 },
            courses: [
              { service: 'web', state: 'healthy', failedAtMs: [1], recoveredAtMs: 2, wellSinceMs: 2 },
            ],
          },
        ],
        sites: [{ site: 'lon', newestAtMs: 1, returnedAtMs: 1 }],
        panics: [{ service: 'web', sinceMs: 1, beforeConnections: 10 }],
      },
    ],
    ['deleted-services/old', { name: 'old' }],
    ['denials/ab12', { subject: 'ab12', beforeMs: 0, endsMs: 0, signature: 'x', words: 'lost' }],
    ['probe-key', { keyHex: 'ab'.repeat(32) }],
    ['asked/service/web', { subject: 'service', name: 'web', forced: true }],
    [
      'handovers/Service/web',
      {
        ...{ kind: 'Service', name: 'web', before: [service], live: [0], ready: [], isReady: false },
        ...{ readyAtMs: 0, changedOver: [{ name: 'fra-d1', sinceMs: 1, isAlone: false }] },
      },
    ],
    [
      'history/0000000007',
      {
        ...{ number: 7, atMs: 1, author: { name: 'me', isTold: true }, action: 'apply', message: 'why' },
        ...{ state: 'done', parts: 1, bytes: 10, made: 1 },
      },
    ],
    ['history/0000000007/0001', { number: 7, part: 1, changes: [change] }],
  ];
  return [...declared, ...others].map((pair) => utf8(JSON.stringify(pair)));
}

function withTrueSum(input: Uint8Array, prng: Prng): Uint8Array {
  const whole = text(input);
  const cut = whole.indexOf('\n');
  if (cut < 0 || prng.below(3) === 0) return input;
  const body = whole.slice(cut + 1);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const entries = body.split('\n').filter((line) => line !== '').length;
  return utf8(`${JSON.stringify({ causewayBackup: 1, revision: 9, entries, sha256 })}\n${body}`);
}

const backup = formatBackup({
  revision: 9,
  entries: [
    { key: 'resources/Site/fra', value: '{"kind":"Site"}', createRevision: 1, modRevision: 4 },
    { key: 'probe-key', value: '{}', createRevision: 2, modRevision: 2 },
  ],
});

const ledger: LedgerContent = {
  vips: ['192.0.2.10'],
  entries: [
    {
      operation: { kind: 'add-link', link: { name: 'cw-ipip', type: 'ipip', external: true, up: true } },
      done: true,
    },
    {
      operation: { kind: 'add-address', address: { link: 'lo', address: '192.0.2.10', prefixLength: 32 } },
      done: false,
    },
    {
      operation: {
        ...{ kind: 'set-sysctl', sysctl: { name: 'net/ipv4/vs/conntrack', value: '1' }, previous: '0' },
      },
      done: true,
    },
    {
      operation: {
        kind: 'add-rule',
        rule: { family: 'ipv4', priority: 100, table: 7_477, from: '192.0.2.10/32' },
      },
      done: true,
    },
    {
      operation: {
        kind: 'load-nft',
        table: { kind: 'probe-marks', name: 'causeway', vips: [], probePort: 7_483, marks: [] },
      },
      done: true,
    },
  ],
};

const issued = recordText({
  domain: 'causeway.example',
  certificates: [
    {
      ...{ serial: 'ab12', identity: 'spiffe://causeway.example/admin/alice', notBeforeMs: 1, notAfterMs: 2 },
      denied: { atMs: 1, reason: 'lost' },
    },
  ],
  issuers: [
    { serial: 'c0', identity: 'spiffe://causeway.example/issuer/fra', notBeforeMs: 1, notAfterMs: 2 },
  ],
  denials: [
    {
      ...{ identity: 'spiffe://causeway.example/admin/bob', beforeMs: 1_000, endsMs: 2_000 },
      ...{ atMs: 1_000, reason: 'gone' },
    },
  ],
});

const denial = { beforeMs: 0, endsMs: 0, signature: '', words: '' };
const denied = denialsText([
  { ...denial, subject: 'ab12', words: 'admin/alice lost' },
  {
    ...{ subject: 'spiffe://causeway.example/director/fra/fra-d1', words: 'stolen' },
    ...{ beforeMs: 1_800_000_000_000, endsMs: 1_800_000_600_000, signature: 'c2lnbmF0dXJl' },
  },
]);
const [, , caCertificate = ''] = certificates;
const ca = new X509Certificate(Buffer.from(caCertificate, 'base64'));

function denialsFile(bytes: Uint8Array): unknown {
  const denials = parseDenials(text(bytes), 'denied');
  return [denials, deniedBy(denials), denials.slice(0, 3).map((one) => isSigned(one, [ca]))];
}

export const stateDecoders: readonly Decoder[] = [
  {
    name: 'snapshot-file',
    about: "an agent's last snapshot, as it stands on its disk",
    format: 'json',
    seeds: () => [
      ...['director', 'realserver'].map((role) => file(`test/api/recorded/disk-${role}.snapshot`)),
      ...[directorSnapshot(), realServerSnapshot()].map((snapshot) => utf8(atOnce(snapshotToText(snapshot)))),
    ],
    finish: withTrueChecksum,
    decode: (bytes) => snapshotFromText(text(bytes)),
    isRefusal: isRefused,
    itemsPerByte: 32,
  },
  {
    name: 'ledger',
    about: "an agent's ledger of what it changed",
    format: 'json',
    seeds: () => [utf8(formatLedger(ledger))],
    decode: (bytes) => parseLedger(text(bytes)),
    isRefusal: never,
  },
  {
    name: 'store-record',
    about: 'every kind of record of the store, under its key',
    format: 'json',
    seeds: recordSeeds,
    decode: storedRecord,
    isRefusal: isRefused,
    itemsPerByte: 32,
  },
  {
    name: 'backup',
    about: 'a backup, with a sum that is right',
    format: 'text',
    seeds: () => [utf8(backup)],
    finish: withTrueSum,
    decode: (bytes) => parseBackup(text(bytes), 'backup'),
    isRefusal: isRefused,
    itemsPerByte: 16,
  },
  {
    name: 'certificate',
    about: 'a certificate, DER or PEM',
    seeds: () => certificates.map((one) => new Uint8Array(Buffer.from(one, 'base64'))),
    decode: (bytes) => readCertificate(bytes),
    isRefusal: isRefused,
  },
  {
    name: 'issuer',
    about: "a coordinator's issuer, in PEM",
    format: 'text',
    seeds: () => [
      utf8(`${ca.toString()}\n-----BEGIN PRIVATE KEY-----\nMEECAQA=\n-----END PRIVATE KEY-----\n`),
    ],
    tokens: ['-----BEGIN ', '-----END ', 'CERTIFICATE-----', 'PRIVATE KEY-----', '\n', '='],
    decode: (bytes) => parseIssuer(text(bytes), 'issuer'),
    isRefusal: isRefused,
  },
  {
    name: 'denied',
    about: 'the list of denied certificates',
    format: 'text',
    seeds: () => [utf8(denied)],
    tokens: [
      '#',
      '\n',
      '0',
      'ffffffff',
      ' ',
      '\t',
      'before=',
      'ends=',
      'signature=',
      '2026-05-01T10:00:00Z',
      'spiffe://',
    ],
    decode: denialsFile,
    isRefusal: isRefused,
    // A serial number of one digit is a denial with all of its fields.
    itemsPerByte: 64,
  },
  {
    name: 'pki-record',
    about: "the CA's list of what it has issued",
    format: 'json',
    seeds: () => [utf8(issued)],
    decode: (bytes) => parseRecord(text(bytes), 'record'),
    isRefusal: isRefused,
  },
];
