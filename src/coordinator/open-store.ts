/** The store that the configuration names: the file of the state directory, or an etcd, which is waited for. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { CoordinatorConfig } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import { createBackoff } from '../store/etcd/backoff.ts';
import { isOlder, oldestEtcd } from '../store/etcd/version.ts';
import { markedEtcdStore, openStateStore } from '../store/mark.ts';
import type { Store } from '../store/store.ts';

export interface StoreHost {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Gives up; absent: never. */
  readonly signal?: AbortSignal;
}

type EtcdOfConfig = CoordinatorConfig & { readonly etcd: readonly string[] };

const longestPauseMs = 15_000;

/**
 * An etcd that can't be used, for whatever reason, is tried again until it can: nobody listens meanwhile, and agents go on with what they
 * have. Each reason is told once. Errors: those of `openStateStore`; `invalid` where the configuration contradicts itself.
 */
export async function openStore(config: CoordinatorConfig, host: StoreHost): Promise<Store> {
  const { clock, log } = host;
  const { etcd, stateDir: folder } = config;
  const marking = {
    ...{ folder, clock },
    onUnmarked: (error: unknown) => log.warn({ err: error }, 'how far the store is could not be noted'),
  };
  if (etcd === undefined) return openStateStore(marking);
  refuseContradiction(config);
  const backoff = createBackoff(longestPauseMs, host.random);
  let told = '';
  for (;;) {
    try {
      const store = await markedEtcdStore(await connect({ ...config, etcd }, host), marking);
      if (told !== '') log.info({ store: store.location }, 'the store is there');
      return store;
    } catch (error) {
      if (!(error instanceof CausewayError) || host.signal?.aborted === true) throw error;
      if (error.message !== told) log.error(`${error.message} (tried again until it is well)`);
      told = error.message;
      await new Promise<void>((resolve) => clock.after(backoff.nextMs(), resolve));
    }
  }
}

/** Files are read anew each time: certificates and passwords change. */
async function connect(config: EtcdOfConfig, { clock, random, log }: StoreHost): Promise<Store> {
  // Its client takes a while to load, which nobody else should wait for.
  const { openEtcdStore } = await import('../store/etcd/etcd-store.ts');
  const { etcdUser: name, etcdPasswordFile: passwordFile } = config;
  const isSecure = config.etcd.some((one) => one.startsWith('https:'));
  const access = {
    ...(isSecure ? { tls: () => tlsOf(config) } : {}),
    ...(name === undefined || passwordFile === undefined
      ? {}
      : { user: { name, password: contents(passwordFile).toString().trim() } }),
  };
  return openEtcdStore({
    ...{ endpoints: config.etcd, prefix: config.etcdPrefix, access, clock, random },
    onVersion(version) {
      if (isOlder(version))
        log.warn(
          { version, tested: oldestEtcd },
          'this etcd is old: its watches and leases have known faults',
        );
    },
  });
}

function tlsOf({ etcdCa, etcdCert, etcdKey }: EtcdOfConfig) {
  return {
    ...(etcdCa === undefined ? {} : { ca: contents(etcdCa) }),
    ...(etcdCert === undefined ? {} : { cert: contents(etcdCert) }),
    ...(etcdKey === undefined ? {} : { key: contents(etcdKey) }),
  };
}

function contents(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CausewayError({
      code: 'permission',
      operation: 'open store',
      subject: file,
      message: `it cannot be read (${messageOf(cause)})`,
      cause,
    });
  }
}

/** What no waiting mends. */
function refuseContradiction({ etcd = [], ...config }: CoordinatorConfig): void {
  const isSecure = etcd.some((one) => one.startsWith('https:'));
  const files = [config.etcdCa, config.etcdCert, config.etcdKey].filter((one) => one !== undefined);
  const mistake =
    (!isSecure && files.length > 0 && 'etcdCa, etcdCert and etcdKey are for https:// endpoints') ||
    ((config.etcdCert === undefined) !== (config.etcdKey === undefined) &&
      'etcdCert and etcdKey belong together') ||
    ((config.etcdUser === undefined) !== (config.etcdPasswordFile === undefined) &&
      'etcdUser and etcdPasswordFile belong together');
  if (mistake === false) return;
  throw new CausewayError({
    code: 'invalid',
    operation: 'read configuration',
    subject: 'etcd',
    message: mistake,
  });
}
