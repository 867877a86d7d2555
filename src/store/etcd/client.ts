/**
 * The one file that knows etcd3. What of it can be relied on: single calls, with a deadline each and to one member each, and the raw
 * streams. Its own retries, circuit breakers, watches and leases are passed by: they repeat a transaction whose outcome is not known,
 * lose events, hang, and notice the end of a lease late.
 */
import { rootCertificates } from 'node:tls';
import { type ChannelOptions, InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import {
  Etcd3,
  type ILeaseKeepAliveRequest,
  type ILeaseKeepAliveResponse,
  type IOptions,
  type IRangeRequest,
  type IRangeResponse,
  type ITxnRequest,
  type ITxnResponse,
  type IWatchRequest,
  type IWatchResponse,
} from 'etcd3';

export type { ICompare, IKeyValue, IRequestOp, ITxnRequest, IWatchResponse } from 'etcd3';

export interface EtcdTls {
  /** Absent: whom the system believes. */
  readonly ca?: Buffer;
  /** This coordinator's own, where etcd asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdAccess {
  /** As they are now: called for each new connection, so that new certificates are used without a restart. */
  readonly tls?: () => EtcdTls;
  readonly user?: { readonly name: string; readonly password: string };
}

export interface EtcdStream<Request, Response> {
  send(request: Request): void;
  /** At most one of these is called, once: it is over. */
  onResponse(take: (response: Response) => void): void;
  onEnd(over: (error: Error) => void): void;
  /** Nothing is heard any more. */
  close(): void;
}

/** One member, or whatever stands at one address. Every method rejects with what etcd3 throws. */
export interface EtcdClient {
  range(request: IRangeRequest, deadlineMs: number): Promise<IRangeResponse>;
  txn(request: ITxnRequest, deadlineMs: number): Promise<ITxnResponse>;
  /** The id of a lease of so many seconds. */
  grant(ttlSeconds: number, deadlineMs: number): Promise<string>;
  revoke(id: string, deadlineMs: number): Promise<void>;
  watch(deadlineMs: number): Promise<EtcdStream<IWatchRequest, IWatchResponse>>;
  keepAlive(deadlineMs: number): Promise<EtcdStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>>;
  /** As the member says it: 3.5.30. */
  version(deadlineMs: number): Promise<string>;
  close(): void;
}

/** etcd calls pings that come closer than 5 s, or while nothing is asked, too many, and ends the connection. */
const channelOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 0,
  // A member that comes back is found soon: the default waits up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.min_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 3_000,
  // One page of a list; the default of 4 MB is less than what a page can hold.
  'grpc.max_receive_message_length': 256 * 1024 ** 2,
};

/** One attempt, at one member: whether another is made, and where, is decided by whoever knows what it would do. */
const once: NonNullable<NonNullable<IOptions['faultHandling']>['global']> = {
  get _altReturn(): never {
    throw new Error('only types have it');
  },
  onSuccess: () => ({ dispose() {} }),
  onFailure: () => ({ dispose() {} }),
  execute: async (run, signal = new AbortController().signal) => run({ signal }),
};

/** A member that is cut off from the others says so at once, in place of answering late or with what is old. */
const needsLeader: Interceptor = (options, next) =>
  new InterceptingCall(next(options), {
    start(metadata, listener, start) {
      const own = metadata.clone();
      own.set('hasleader', 'true');
      start(own, listener);
    },
  });

/** `endpoint`: `http://HOST:PORT` or `https://HOST:PORT`. Connects when it is first asked. */
export function connectEtcd(endpoint: string, { tls, user }: EtcdAccess): EtcdClient {
  const within = (deadlineMs: number) => ({
    deadline: new Date(Date.now() + deadlineMs),
    interceptors: [needsLeader],
  });
  const files = tls?.();
  const client = new Etcd3({
    hosts: [endpoint],
    ...(files?.ca === undefined && files?.cert === undefined ? {} : { credentials: credentialsOf(files) }),
    ...(user === undefined
      ? {}
      : {
          auth: {
            username: user.name,
            password: user.password,
            callOptions: () => ({ deadline: new Date(Date.now() + authenticationMs) }),
          },
        }),
    grpcOptions: channelOptions,
    faultHandling: { host: () => once, global: once },
  });
  return {
    range: (request, deadlineMs) => client.kv.range(request, within(deadlineMs)),
    txn: (request, deadlineMs) => client.kv.txn(request, within(deadlineMs)),
    grant: async (ttlSeconds, deadlineMs) =>
      (await client.leaseClient.leaseGrant({ TTL: ttlSeconds }, within(deadlineMs))).ID,
    revoke: async (id, deadlineMs) => {
      await client.leaseClient.leaseRevoke({ ID: id }, within(deadlineMs));
    },
    // A stream has no deadline of its own: it lasts.
    watch: async () => streamOf(await client.watchClient.watch({ interceptors: [needsLeader] })),
    keepAlive: async (deadlineMs) => streamOf(await client.leaseClient.leaseKeepAlive(within(deadlineMs))),
    version: async (deadlineMs) => (await client.maintenance.status(within(deadlineMs))).version,
    close: () => client.close(),
  };
}

function credentialsOf({ ca, cert, key }: EtcdTls): NonNullable<IOptions['credentials']> {
  return {
    rootCertificate: ca ?? Buffer.from(rootCertificates.join('\n')),
    ...(cert === undefined ? {} : { certChain: cert }),
    ...(key === undefined ? {} : { privateKey: key }),
  };
}

/** Checking a password costs etcd a tenth of a second of work. */
const authenticationMs = 5_000;

interface RawStream<Request, Response> {
  write(request: Request): void;
  cancel(): void;
  on(event: 'data', run: (response: Response) => void): unknown;
  on(event: 'error', run: (error: Error) => void): unknown;
  on(event: 'end', run: () => void): unknown;
}

function streamOf<Request, Response>(raw: RawStream<Request, Response>): EtcdStream<Request, Response> {
  let isOver = false;
  let take: (response: Response) => void = () => {};
  let over: (error: Error) => void = () => {};
  const end = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    over(error);
  };
  raw.on('data', (response) => {
    if (!isOver) take(response);
  });
  raw.on('error', end);
  // A stream that ends without an error is as much over.
  raw.on('end', () => end(new Error('14 UNAVAILABLE: the stream was ended')));
  return {
    send(request) {
      if (!isOver) raw.write(request);
    },
    onResponse(run) {
      take = run;
    },
    onEnd(run) {
      over = run;
    },
    close() {
      isOver = true;
      raw.cancel();
    },
  };
}
