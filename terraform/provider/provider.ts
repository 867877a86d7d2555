/** The provider, as Terraform calls it: values in and out, whatever carries them. */
import type { TlsMaterial } from '../../src/api/tls-files.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { type Admin, createCoordinators } from './coordinators.ts';
import type { Attribute } from './core/attribute.ts';
import { type DataSourceType, dataSourceTypes } from './core/data-source.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import { type ResourceType, resourceTypes } from './core/resource-type.ts';
import type { Values } from './core/value.ts';
import { failureDiagnostic } from './failure.ts';
import {
  apply,
  type Change,
  importNamed,
  type Planned,
  plan,
  read,
  type Session,
  type State,
  validate,
} from './managed.ts';
import { providerAttributes, readProviderConfig } from './provider-config.ts';
import { readSource } from './read-source.ts';

export interface ProviderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly connect: (options: {
    readonly address: string;
    readonly timeoutMs: number;
    readonly tls: TlsMaterial | undefined;
  }) => Admin;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface Provider {
  readonly attributes: readonly Attribute[];
  readonly resourceTypes: readonly ResourceType[];
  readonly dataSourceTypes: readonly DataSourceType[];
  /** Also asks the coordinator whether it is there. */
  configure(config: Values): Promise<readonly Diagnostic[]>;
  validateProvider(config: Values): readonly Diagnostic[];
  validateResource(type: ResourceType, config: Values): readonly Diagnostic[];
  read(type: ResourceType, prior: Values, revision: number | undefined): Promise<State>;
  plan(type: ResourceType, config: Values, prior: Values | null): Planned;
  apply(type: ResourceType, change: Change): Promise<State>;
  importNamed(type: ResourceType, name: string): Promise<State>;
  readSource(
    type: DataSourceType,
    config: Values,
  ): Promise<{ readonly values: Values } | { readonly diagnostics: readonly Diagnostic[] }>;
  /** Whoever waits for agents waits no longer. */
  stop(): void;
  close(): void;
}

/** What can be managed only once it is there. */
const notYet: Diagnostic = {
  severity: 'error',
  summary: 'It is not known yet where the coordinators are',
  detail:
    'The configuration of the provider rests on what is yet to be made. Make that first (terraform apply -target=…), or say it in plain words.',
};

export function createProvider(options: ProviderOptions): Provider {
  const { env, readFile, connect, clock, random } = options;
  const stopped = new AbortController();
  let session: Session | undefined;

  const world = () => ({ env, readFile, nowMs: clock.nowMs() });

  /** Runs it, unless nobody knows where. What it throws is told as an error of the coordinator's. */
  async function asked<T>(
    run: (session: Session) => Promise<T>,
    failed: (diagnostic: Diagnostic) => T,
  ): Promise<T> {
    if (session === undefined) return failed(notYet);
    try {
      return await run(session);
    } catch (error) {
      return failed(failureDiagnostic(error));
    }
  }

  return {
    attributes: providerAttributes,
    resourceTypes,
    dataSourceTypes,
    validateProvider(config) {
      // Files and variables are those of whoever plans: here only what is written is judged.
      const written = { ...config, tls_cert: null, tls_key: null, tls_ca: null, insecure: true };
      const found = readProviderConfig(written, { ...world(), env: {} });
      return typeof found === 'object' && 'diagnostics' in found ? found.diagnostics : [];
    },
    async configure(values) {
      session?.coordinators.close();
      session = undefined;
      const config = readProviderConfig(values, world());
      if (config === 'unknown') return [];
      if ('diagnostics' in config) return config.diagnostics;
      const { addresses, tls, timeoutMs, waitMs, strict, allowRemoval, message } = config;
      const { signal } = stopped;
      const coordinators = createCoordinators({
        addresses,
        connect: (address) => connect({ address, timeoutMs, tls }),
        ...{ clock, random, signal },
      });
      const author = [env.USER, env.LOGNAME, env.USERNAME].find(
        (name) => name !== undefined && name.trim() !== '',
      );
      const terms = { message, allowRemoval, ...(author === undefined ? {} : { author }) };
      try {
        await coordinators.ask((admin) => admin.history({ limit: 1 }));
      } catch (error) {
        coordinators.close();
        return [failureDiagnostic(error, [{ attribute: 'coordinators' }])];
      }
      session = { coordinators, clock, terms, strict, waitMs, signal };
      return [];
    },
    validateResource: (type, config) => validate(type, config, clock.nowMs()),
    read: (type, prior, revision) =>
      asked(
        (now) => read(type, prior, now),
        (diagnostic) => ({ values: prior, revision, diagnostics: [diagnostic] }),
      ),
    plan: (type, config, prior) => plan(type, config, prior, clock.nowMs()),
    apply: (type, change) =>
      asked(
        (now) => apply(type, change, now),
        (diagnostic) => ({ values: change.prior, revision: change.revision, diagnostics: [diagnostic] }),
      ),
    importNamed: (type, name) =>
      asked(
        (now) => importNamed(type, name, now),
        (diagnostic) => ({ values: null, revision: undefined, diagnostics: [diagnostic] }),
      ),
    readSource: ({ name }, config) =>
      asked(
        (now) => readSource(name, config, now),
        (diagnostic): Awaited<ReturnType<Provider['readSource']>> => ({ diagnostics: [diagnostic] }),
      ),
    stop: () => stopped.abort(),
    close: () => session?.coordinators.close(),
  };
}
