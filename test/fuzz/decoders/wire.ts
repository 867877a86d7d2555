/** What comes by gRPC, either way: each message through its bounds, and from there as far as it is looked at. */
import { readdirSync, readFileSync } from 'node:fs';
import { status as grpcStatus, Metadata, type ServiceError } from '@grpc/grpc-js';
import { snapshotChecksum } from '../../../src/api/checksum.ts';
import { helloFromWire, helloToWire } from '../../../src/api/convert-agent.ts';
import {
  changeFromWire,
  historyFromWire,
  historyToWire,
  idFromWire,
  termsFromWire,
  termsToWire,
} from '../../../src/api/convert-history.ts';
import {
  changeToWire,
  changesFromWire as suppositionsFromWire,
  whatIfFromWire,
  whatIfToWire,
  whyFromWire,
  whyToWire,
} from '../../../src/api/convert-question.ts';
import {
  changesFromWire,
  changesToWire,
  reportFromWire,
  reportToWire,
} from '../../../src/api/convert-report.ts';
import { kindFromWire, readResource, resourceToWire } from '../../../src/api/convert-resource.ts';
import { sectionFromWire } from '../../../src/api/convert-section.ts';
import { snapshotFromWire, snapshotToWire } from '../../../src/api/convert-snapshot.ts';
import { statusFromWire, statusToWire } from '../../../src/api/convert-status.ts';
import { createWordReader } from '../../../src/api/convert-words.ts';
import { encodeDelta } from '../../../src/api/encode-delta.ts';
import { fromStatus, toStatus } from '../../../src/api/errors.ts';
import { createSectioner } from '../../../src/api/manifest.ts';
import { loadApi } from '../../../src/api/proto-services.ts';
import { type Reads, readRequest } from '../../../src/api/raw-requests.ts';
import { createTaker } from '../../../src/api/take-delta.ts';
import { createDigestTaker } from '../../../src/api/take-digest.ts';
import { adminLimits, agentLimits, peerLimits } from '../../../src/api/wire-bounds.ts';
import { believableReport } from '../../../src/coordinator/site/believable-report.ts';
import { boundedReport } from '../../../src/coordinator/site/bounded-report.ts';
import { checkHello } from '../../../src/coordinator/site/check-hello.ts';
import { Elsewhere } from '../../../src/domain/elsewhere.ts';
import { CausewayError, messageOf } from '../../../src/domain/error.ts';
import { reportChanges, withChanges } from '../../../src/domain/report-changes.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { deniedBy } from '../../../src/pki/denied.ts';
import { checkedResources } from '../../../src/resource/check.ts';
import { directorSnapshot, realServerSnapshot } from '../../agents/snapshots.ts';
import * as arbitrary from '../../api/arbitrary.ts';
import type { Decoder } from '../fuzz.ts';
import type { Prng } from '../prng.ts';
import { isRefused, sample } from './inputs.ts';

const recorded = new URL('../../api/recorded/', import.meta.url);
const { admin, agents, peers, definition } = loadApi();
const { Connect } = agents.service;
const { Apply, Delete, Deny, Diff, Explain, Get, History, Plan, Rollback, Status, Watch, WhatIf } =
  admin.service;
const { Observe } = peers.service;

const bytesOf = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);

function recordedOf(who: 'agent' | 'coordinator' | 'peer-digest'): Uint8Array[] {
  const names = readdirSync(recorded).filter((name) => name.startsWith(who));
  return names.sort().map((name) => bytesOf(readFileSync(new URL(name, recorded))));
}

/** A message with its defaults has many fields for a byte or two. */
const itemsPerByte = 200;

/** The first byte says which; the rest is its message. */
function chosen<T>(kinds: readonly T[], input: Uint8Array): { readonly kind: T; readonly bytes: Buffer } {
  return { kind: kinds[(input[0] ?? 0) % kinds.length] as T, bytes: Buffer.from(input.subarray(1)) };
}

function withChoice(index: number, bytes: Uint8Array): Uint8Array {
  return bytesOf(Buffer.concat([Buffer.of(index), bytes]));
}

/** gRPC reads what a coordinator or a server says, and refuses in its own words. */
function answered<T>(deserialize: (bytes: Buffer) => T, bytes: Buffer): T {
  try {
    return deserialize(bytes);
  } catch (error) {
    throw new CausewayError({ code: 'invalid', operation: 'read answer', message: messageOf(error) });
  }
}

// ---- agents

const knownReport = sample(arbitrary.report, 1)[0];

function agentMessage(bytes: Uint8Array): unknown {
  const message = readRequest<ReturnType<typeof Connect.requestDeserialize>>(
    Connect as never,
    Buffer.from(bytes),
    agentLimits,
  );
  if (message.hello) {
    const hello = helloFromWire(message.hello);
    checkHello(hello);
    return hello;
  }
  const words = createWordReader();
  if (message.report) {
    const report = reportFromWire(message.report, words);
    words.refuseProblems('read report');
    return boundedReport(believableReport(report).report);
  }
  if (!message.reportChanges || knownReport === undefined) return message;
  const changes = changesFromWire(message.reportChanges, words);
  words.refuseProblems('read report');
  return changes && boundedReport(believableReport(withChanges(knownReport, changes)).report);
}

function agentSeeds(): Uint8Array[] {
  const reports = sample(arbitrary.report, 12);
  const [before = knownReport] = reports;
  const changed = reports.map((next) => changesToWire(reportChanges(before as never, next)));
  const messages = [
    ...sample(arbitrary.hello, 12).map((hello) => ({ hello: helloToWire(hello) })),
    ...reports.map((report) => ({ report: reportToWire(report) })),
    ...changed.map((one) => ({ reportChanges: one })),
    { refuse: { version: 3, reason: 'no', unknownBase: true } },
  ];
  return [...recordedOf('agent'), ...messages.map((one) => bytesOf(Connect.requestSerialize(one)))];
}

// ---- coordinators, as agents hear them

const held = directorSnapshot();
const taker = createTaker();
const sectioner = createSectioner();

function coordinatorMessage(bytes: Uint8Array): unknown {
  const message = answered(Connect.responseDeserialize, Buffer.from(bytes));
  if (message.delta) return taker.take(message.delta, held);
  if (!message.snapshot) return message;
  const snapshot = snapshotFromWire(message.snapshot);
  return [snapshot, snapshotChecksum(snapshot)];
}

function coordinatorSeeds(): Uint8Array[] {
  const next = directorSnapshot({ version: 2, deletedServices: ['old'], services: [] });
  const [one, other] = [held, next].map((snapshot) => atOnce(sectioner.manifestOf(snapshot)));
  if (one === undefined || other === undefined) return [];
  const whole = realServerSnapshot();
  return [
    ...recordedOf('coordinator'),
    atOnce(encodeDelta({ ...next, checksum: other.checksum }, other, one)),
    atOnce(encodeDelta({ ...held, checksum: one.checksum }, one, undefined)),
    atOnce(encodeDelta(whole, atOnce(sectioner.manifestOf(whole)), undefined)),
    Connect.responseSerialize({ snapshot: snapshotToWire(held) }),
    Connect.responseSerialize({
      welcome: { capabilities: ['report-changes'], epoch: 4, coordinators: ['10.1.0.2:7400'] },
    }),
  ].map(bytesOf);
}

/** Announced is then what is there, so that what is behind the checksums is reached. */
function withTrueHashes(input: Uint8Array, prng: Prng): Uint8Array {
  if (prng.below(3) === 0) return input;
  try {
    const message = Connect.responseDeserialize(Buffer.from(input));
    if (!message.delta) return input;
    const { delta } = message;
    const hashed = delta.changed.flatMap((wire) => {
      const section = sectionFromWire(wire, createWordReader());
      return section === undefined ? [] : [{ ...wire, ...atOnce(sectioner.hashed(section)) }];
    });
    const kind = delta.role === 'realserver' ? 'realserver' : 'director';
    const { checksum } = sectioner.manifest(kind, hashed);
    const changed = hashed.map(({ section: _, ...wire }) => wire);
    return bytesOf(
      Connect.responseSerialize({ delta: { ...delta, changed, removed: [], baseChecksum: '', checksum } }),
    );
  } catch {
    return input;
  }
}

// ---- admin

type Look = (bytes: Buffer) => unknown;

function request<T>(method: unknown, look: (message: T) => unknown): Look {
  return (bytes) => look(readRequest<T>(method as Reads<T>, bytes, adminLimits));
}

type Output<M extends { requestDeserialize: (bytes: Buffer) => unknown }> = ReturnType<
  M['requestDeserialize']
>;

const adminRequests: readonly Look[] = [
  request<Output<typeof Apply>>(Apply, ({ resources, terms }) => {
    const read = resources.map(readResource);
    const known = read.flatMap((one): Resource[] => (one.ok ? [one.resource] : []));
    return [termsFromWire(terms), read, checkedResources(known)];
  }),
  request<Output<typeof Plan>>(Plan, ({ resources, removals }) => [
    resources.map(readResource),
    removals.map(idFromWire),
  ]),
  request<Output<typeof Delete>>(Delete, ({ resources, terms }) => [
    resources.map(idFromWire),
    termsFromWire(terms),
  ]),
  request<Output<typeof Get>>(Get, ({ kind }) => kindFromWire(kind)),
  request<Output<typeof Explain>>(Explain, whyFromWire),
  request<Output<typeof WhatIf>>(WhatIf, ({ changes }) => suppositionsFromWire(changes)),
  request<Output<typeof History>>(History, ({ of }) => (of === null ? undefined : idFromWire(of))),
  request<Output<typeof Rollback>>(Rollback, ({ terms }) => termsFromWire(terms)),
  request<Output<typeof Diff>>(Diff, (message) => message),
  request<Output<typeof Watch>>(Watch, ({ kind }) => kindFromWire(kind)),
  request<Output<typeof Deny>>(Deny, ({ denials }) => deniedBy(denials)),
];

function adminSeeds(): Uint8Array[] {
  const resources = sample(arbitrary.resource, 40).map(resourceToWire);
  const terms = termsToWire({ author: 'me', message: 'why', ifRevision: 4, allowRemoval: true });
  const ids = [{ kind: 'Service', name: 'web' }];
  return [
    ...resources.map((one) => withChoice(0, Apply.requestSerialize({ resources: [one], terms }))),
    withChoice(1, Plan.requestSerialize({ resources: resources.slice(0, 3), removals: ids })),
    withChoice(2, Delete.requestSerialize({ resources: ids, terms })),
    withChoice(3, Get.requestSerialize({ kind: 'Site', name: 'fra' })),
    ...sample(arbitrary.whyQuestion, 4).map((one) => withChoice(4, Explain.requestSerialize(whyToWire(one)))),
    ...sample(arbitrary.whatIfChange, 8).map((one) =>
      withChoice(5, WhatIf.requestSerialize({ changes: [changeToWire(one)] })),
    ),
    withChoice(6, History.requestSerialize({ limit: 5, of: { kind: 'Service', name: 'web' } })),
    withChoice(7, Rollback.requestSerialize({ to: 3, force: true, terms })),
    withChoice(8, Diff.requestSerialize({ from: 1, to: 2 })),
    withChoice(9, Watch.requestSerialize({ kind: 'Service' })),
    withChoice(10, Deny.requestSerialize({ denials: [{ subject: 'ab12', words: 'lost' }] })),
  ];
}

// ---- answers, as operators' programs read them

const answers: readonly Look[] = [
  (bytes) => statusFromWire(answered(Status.responseDeserialize, bytes)),
  (bytes) => historyFromWire(answered(History.responseDeserialize, bytes)),
  (bytes) => answered(Diff.responseDeserialize, bytes).changes.map(changeFromWire),
  (bytes) => whatIfFromWire(answered(WhatIf.responseDeserialize, bytes)),
];

function answerSeeds(): Uint8Array[] {
  return [
    ...sample(arbitrary.status, 12).map((one) =>
      withChoice(0, Status.responseSerialize(atOnce(statusToWire(one)))),
    ),
    ...sample(arbitrary.history, 12).map((one) =>
      withChoice(1, History.responseSerialize(historyToWire(one))),
    ),
    ...sample(arbitrary.whatIfAnswer, 12).map((one) =>
      withChoice(3, WhatIf.responseSerialize(whatIfToWire(one))),
    ),
  ];
}

// ---- digests, as other coordinators hear them: whole, and against one that was told

const digestHead = { coordinator: 'c1', site: 'fra', takenAtMs: 1, first: true, last: true };
const digestAgent = { role: 'director', name: 'fra-d1', connected: true };
const toldWhole = Observe.responseSerialize({
  ...digestHead,
  number: 1,
  agents: knownReport === undefined ? [] : [{ ...digestAgent, report: reportToWire(knownReport) }],
});

function peerMessage(bytes: Uint8Array): unknown {
  const digests = createDigestTaker();
  digests.take(toldWhole);
  return digests.take(Buffer.from(bytes));
}

function peerSeeds(): Uint8Array[] {
  const rtt = [{ from: 'fra', to: 'lon', p50Us: 1, p90Us: 2, loss: 0.5, answered: 3 }];
  const reports = sample(arbitrary.report, 12);
  const wholes = reports.map((report) => ({
    agents: [{ ...digestAgent, report: reportToWire(report) }],
    rtt,
  }));
  const changed = reports.map((next) => ({
    ...{ number: 2, base: 1, gone: [{ role: 'realserver', name: 'fra-r1' }], rtt },
    agents: [
      { ...digestAgent, reportChanges: changesToWire(reportChanges(knownReport as never, next)) },
      { role: 'realserver', name: 'fra-r2', reportAgeMs: 3 },
    ],
  }));
  const collected = [{ realServer: 'fra-r1', heard: ['192.0.2.10'], silent: ['2001:db8:a::10'] }];
  const messages = [
    ...wholes,
    ...changed,
    { collected, last: false },
    { collected },
    { number: 2, base: 1, last: false },
  ];
  return [
    ...recordedOf('peer-digest'),
    ...messages.map((one) => bytesOf(Observe.responseSerialize({ ...digestHead, ...one }))),
  ];
}

// ---- every message there is, bare

interface Shaped {
  readonly type: object;
  readonly deserialize: (bytes: Buffer) => object;
  readonly serialize: (message: object) => Buffer;
}

const messages = Object.entries(definition)
  .filter(
    (entry): entry is [string, (typeof entry)[1] & Shaped] => 'type' in entry[1] && 'deserialize' in entry[1],
  )
  .map(([, message]) => message as Shaped);

function anyMessage(input: Uint8Array): unknown {
  const { kind, bytes } = chosen(messages, input);
  const reads: Reads<object> = {
    requestDeserialize: kind.deserialize as never,
    requestType: { type: kind.type },
  };
  return readRequest(reads, bytes, adminLimits);
}

// ---- an error, in its trailer

function toldError(bytes: Uint8Array): unknown {
  const metadata = new Metadata();
  metadata.set('causeway-error-bin', Buffer.from(bytes));
  const sent: ServiceError = Object.assign(new Error('x'), {
    code: grpcStatus.UNAVAILABLE,
    details: 'x',
    metadata,
  });
  const { code, operation, subject, message, ...more } = fromStatus(sent, 'call');
  return [code, operation, subject, message, 'place' in more ? more.place : undefined];
}

function errorSeeds(): Uint8Array[] {
  const place = { address: '10.1.0.2:7400', retryAfterMs: 200, coordinators: ['10.1.0.3:7400'] };
  return [
    new CausewayError({ code: 'kernel', operation: 'add', subject: 'x', errno: 'EEXIST', message: 'no' }),
    new Elsewhere('serve agent', 'd1', 'go there', place),
  ].flatMap(
    (error) =>
      toStatus(error)
        .metadata?.get('causeway-error-bin')
        .map((one) => bytesOf(Buffer.from(one))) ?? [],
  );
}

export const wireDecoders: readonly Decoder[] = [
  {
    name: 'agent-message',
    about: 'what agents say: hello, reports, their changes, answers',
    seeds: agentSeeds,
    decode: agentMessage,
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'coordinator-message',
    about: 'what agents hear: snapshots and deltas, with hashes that are right',
    seeds: coordinatorSeeds,
    finish: withTrueHashes,
    decode: coordinatorMessage,
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'admin-request',
    about: "requests of operators' programs, resources among them",
    seeds: adminSeeds,
    decode(input) {
      const { kind, bytes } = chosen(adminRequests, input);
      return kind(bytes);
    },
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'answers',
    about: 'status, history, differences and what-if, as clients read them',
    seeds: answerSeeds,
    decode(input) {
      const { kind, bytes } = chosen(answers, input);
      return kind(bytes);
    },
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'peer-message',
    about: 'digests of sites and their changes, as other coordinators read them',
    seeds: peerSeeds,
    decode: peerMessage,
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'any-message',
    about: 'every message of the proto files, by its bounds and its types alone',
    seeds: () =>
      messages
        .map((message, index) => withChoice(index, message.serialize({})))
        .concat(adminSeeds(), agentSeeds()),
    decode: anyMessage,
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'observe-request',
    about: 'what another coordinator asks',
    seeds: () => [
      bytesOf(Observe.requestSerialize({ coordinator: 'c2', once: true, capabilities: ['digest-changes'] })),
    ],
    decode: (bytes) => readRequest(Observe as never, Buffer.from(bytes), peerLimits),
    isRefusal: isRefused,
    itemsPerByte,
  },
  {
    name: 'error',
    about: "an error's parts in a trailer",
    format: 'json',
    seeds: errorSeeds,
    decode: toldError,
    isRefusal: isRefused,
  },
];
