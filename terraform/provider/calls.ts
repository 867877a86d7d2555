/** Each call of the plugin protocol, from its request to its response. */
import type { Attribute } from './core/attribute.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import type { Values } from './core/value.ts';
import { valuesFromState } from './core/wire-value.ts';
import {
  dynamicValue,
  privateBytes,
  type Request,
  revisionIn,
  valuesOf,
  wireDiagnostic,
  wirePath,
  wireSchema,
} from './messages.ts';
import type { Provider } from './provider.ts';

type Call = (request: Request) => object | Promise<object>;

/** By the name of the method. */
export function providerCalls(provider: Provider): Readonly<Record<string, Call>> {
  const told = (diagnostics: readonly Diagnostic[]) => ({ diagnostics: diagnostics.map(wireDiagnostic) });
  return {
    GetProviderSchema: () => ({
      provider: wireSchema('Where coordinators are, and who asks them.', provider.attributes),
      resourceSchemas: schemasOf(provider.resourceTypes),
      dataSourceSchemas: schemasOf(provider.dataSourceTypes),
    }),
    ValidateProviderConfig: ({ config }) =>
      told(provider.validateProvider(needed(provider.attributes, config))),
    ConfigureProvider: async ({ config }) =>
      told(await provider.configure(needed(provider.attributes, config))),
    ValidateResourceConfig({ typeName, config }) {
      const type = typeNamed(provider.resourceTypes, typeName);
      return told(provider.validateResource(type, needed(type.attributes, config)));
    },
    ValidateDataResourceConfig: () => told([]),
    UpgradeResourceState({ typeName, rawState }) {
      const { attributes } = typeNamed(provider.resourceTypes, typeName);
      const json = Buffer.from(rawState?.json ?? []).toString();
      return { upgradedState: dynamicValue(valuesFromState(attributes, json)) };
    },
    async ReadResource({ typeName, currentState, private: noted }) {
      const type = typeNamed(provider.resourceTypes, typeName);
      const state = await provider.read(type, needed(type.attributes, currentState), revisionIn(noted));
      return {
        newState: dynamicValue(state.values),
        private: privateBytes(state.revision),
        ...told(state.diagnostics),
      };
    },
    PlanResourceChange({ typeName, config, priorState, priorPrivate }) {
      const type = typeNamed(provider.resourceTypes, typeName);
      const wanted = valuesOf(type.attributes, config);
      // What goes is planned by nobody: it is only noted how far it is known.
      if (wanted === null) return { plannedState: dynamicValue(null), plannedPrivate: priorPrivate };
      const prior = valuesOf(type.attributes, priorState);
      const { values, requiresReplace, diagnostics } = provider.plan(type, wanted, prior);
      return {
        plannedState: dynamicValue(values),
        requiresReplace: requiresReplace.map(wirePath),
        plannedPrivate: priorPrivate,
        ...told(diagnostics),
      };
    },
    async ApplyResourceChange({ typeName, priorState, plannedState, plannedPrivate }) {
      const type = typeNamed(provider.resourceTypes, typeName);
      const state = await provider.apply(type, {
        prior: valuesOf(type.attributes, priorState),
        planned: valuesOf(type.attributes, plannedState),
        revision: revisionIn(plannedPrivate),
      });
      return {
        newState: dynamicValue(state.values),
        private: privateBytes(state.revision),
        ...told(state.diagnostics),
      };
    },
    async ImportResourceState({ typeName, id }) {
      const type = typeNamed(provider.resourceTypes, typeName);
      const { values, revision, diagnostics } = await provider.importNamed(type, id);
      const one = { typeName, state: dynamicValue(values), private: privateBytes(revision) };
      return { importedResources: values === null ? [] : [one], ...told(diagnostics) };
    },
    async ReadDataSource({ typeName, config }) {
      const type = typeNamed(provider.dataSourceTypes, typeName);
      const answer = await provider.readSource(type, needed(type.attributes, config));
      if ('diagnostics' in answer) return told(answer.diagnostics);
      return { state: dynamicValue(answer.values) };
    },
    StopProvider() {
      provider.stop();
      return {};
    },
  };
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

function schemasOf(types: readonly Described[]): object {
  return Object.fromEntries(
    types.map(({ name, description, attributes }) => [name, wireSchema(description, attributes)]),
  );
}

function typeNamed<T extends Described>(types: readonly T[], name: string): T {
  const type = types.find((one) => one.name === name);
  if (type === undefined) throw new Error(`there is no ${name}`);
  return type;
}

function needed(attributes: readonly Attribute[], value: Request['config']): Values {
  const values = valuesOf(attributes, value);
  if (values === null) throw new Error('there is no configuration in the request');
  return values;
}
