/** What Terraform asks of a data source. */
import type { Clock } from '../../src/domain/clock.ts';
import { mistakeText } from '../../src/resource/mistake.ts';
import { parseResourceFiles } from '../../src/resource/parse.ts';
import type { Coordinators } from './coordinators.ts';
import { planResultValues, statusValues, weightsValues } from './core/data-source.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import { isList, type Values } from './core/value.ts';

export interface Asking {
  readonly coordinators: Coordinators;
  readonly clock: Clock;
  readonly strict: boolean;
}

type Answer = { readonly values: Values } | { readonly diagnostics: readonly Diagnostic[] };

/** `name`: `causeway_status`. Errors of the coordinator. */
export async function readSource(name: string, config: Values, asking: Asking): Promise<Answer> {
  const { coordinators } = asking;
  switch (name) {
    case 'causeway_status':
      return { values: statusValues(await coordinators.ask((admin) => admin.status({ isSummary: true }))) };
    case 'causeway_weights':
      return await readWeights(String(config.service), config.from, asking);
    case 'causeway_plan':
      return await readPlan(config, asking);
    default:
      throw new Error(`there is no data source ${name}`);
  }
}

async function readWeights(
  service: string,
  from: Values[string] | undefined,
  { coordinators }: Asking,
): Promise<Answer> {
  const status = await coordinators.ask((admin) => admin.status());
  if (!status.services.some(({ name }) => name === service)) {
    const known = status.services.map(({ name }) => name).join(', ');
    return refused('service', `Found ${JSON.stringify(service)}, expected one of the services: ${known}.`);
  }
  if (status.isSummary === true)
    return refused(
      'service',
      'There are too many real servers to tell of all at once: causeway explain tells of one site.',
    );
  return { values: weightsValues(status, service, typeof from === 'string' ? from : null) };
}

async function readPlan({ documents }: Values, { coordinators, clock, strict }: Asking): Promise<Answer> {
  const texts = isList(documents) ? documents.map(String) : [];
  const files = texts.map((text, index) => ({ file: `documents[${index}]`, text }));
  const parsed = parseResourceFiles(files, clock.nowMs());
  if ('mistakes' in parsed)
    return { diagnostics: parsed.mistakes.map((mistake) => at('documents', `${mistakeText(mistake)}.`)) };
  const planned = await coordinators.ask((admin) => admin.plan(parsed.resources, { strict }));
  return { values: planResultValues(texts, parsed.resources, planned) };
}

function refused(attribute: string, detail: string): Answer {
  return { diagnostics: [at(attribute, detail)] };
}

function at(attribute: string, detail: string): Diagnostic {
  return { severity: 'error', summary: 'It cannot be read like this', detail, path: [{ attribute }] };
}
