/** What Terraform can ask a coordinator: how things stand, who has which weight, what a change would cause. Pure. */
import { type Problem, type Resource, resourceId } from '../../../src/domain/resource.ts';
import type { AgentPlan, AgentStatus, Status } from '../../../src/domain/status.ts';
import type { Attribute, AttributeType } from './attribute.ts';
import type { Values } from './value.ts';

export interface DataSourceType {
  /** `causeway_status`. */
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

const text: AttributeType = { kind: 'string' };
const number: AttributeType = { kind: 'number' };
const bool: AttributeType = { kind: 'bool' };
const texts: AttributeType = { kind: 'list', of: text };

function attribute(
  name: string,
  type: AttributeType,
  description: string,
  use: Attribute['use'] = 'told',
): Attribute {
  return { name, key: name, type, use, description };
}

function listOf(attributes: readonly Attribute[]): AttributeType {
  return { kind: 'list', of: { kind: 'object', attributes } };
}

/** No times and no counters: they would be other at each reading, and with them all that rests on this. */
const statusSource: DataSourceType = {
  name: 'causeway_status',
  description:
    'How things stand, as `causeway status` shows it: which agents have what they are to have, which services have real servers, what is in trouble.',
  attributes: [
    attribute('coordinator', text, 'Name of the coordinator that answered.'),
    attribute('troubles', texts, 'What keeps it from its work, with the remedy.'),
    attribute(
      'agents',
      listOf([
        attribute('role', text, '`director` or `realserver`.'),
        attribute('name', text, 'Its name.'),
        attribute('site', text, 'Where it is.'),
        attribute('address', text, 'Its own address, under which it registered.'),
        attribute('connected', bool, 'Whether a coordinator hears from it.'),
        attribute('up_to_date', bool, 'Whether it has applied what is wanted of it now.'),
        attribute('refusal', text, 'Why it refuses what is wanted of it; empty: it does not.'),
        attribute('fault', text, 'Why its kernel or host is not as it should be; empty: it is.'),
        attribute('held', text, 'Why a director holds weights and deletions; empty: it does not.'),
        attribute('troubles', texts, 'What else troubles its host, with the remedy.'),
      ]),
      'Directors and real servers that take part.',
    ),
    attribute(
      'services',
      listOf([
        attribute('name', text, 'Its name.'),
        attribute('vips', texts, 'Its addresses.'),
        attribute('ports', texts, 'Its ports, such as `80/tcp`.'),
        attribute('real_servers', number, 'How many real servers carry its labels.'),
        attribute('healthy', number, 'How many of them serve.'),
        attribute('unsupervised', number, 'How many of them serve without an agent.'),
        attribute(
          'withdrawn_at',
          texts,
          'Sites that attract no clients for now, since too little is usable there.',
        ),
      ]),
      'Services that are declared.',
    ),
    attribute(
      'drains',
      listOf([
        attribute('service', text, 'Of which service.'),
        attribute('real_server', text, 'Which real server.'),
        attribute('state', text, '`draining`, `drained` or `unknown`.'),
      ]),
      'Real servers that somebody ordered drained.',
    ),
  ],
};

const weightsSource: DataSourceType = {
  name: 'causeway_weights',
  description:
    'Which weight each real server of a service has in the kernel of each director, as the directors last said.',
  attributes: [
    attribute('service', text, 'Name of the service.', 'required'),
    attribute('from', text, 'Only of the directors of this site. Default: of all.', 'optional'),
    attribute(
      'weights',
      listOf([
        attribute('site', text, 'Where the director is.'),
        attribute('director', text, 'Its name.'),
        attribute('real_server', text, 'Which real server.'),
        attribute('weight', number, 'Its weight there; 0: no new connections; null: it is not in the table.'),
        attribute(
          'verdict',
          text,
          'What the director makes of its application: `healthy`, `unhealthy`, `unknown` or `unchecked`.',
        ),
      ]),
      'By site, director and real server.',
    ),
  ],
};

const problems = listOf([
  attribute('resource', text, 'Of which resource, such as `Service/web`.'),
  attribute('path', text, 'Where inside it, such as `spec.ports[0]`.'),
  attribute('found', text, 'What stands there.'),
  attribute('expected', text, 'What can stand there.'),
]);

const planSource: DataSourceType = {
  name: 'causeway_plan',
  description:
    'What applying resource files would do on each host, as `causeway plan -f` tells it: the very operations. It changes nothing.',
  attributes: [
    attribute(
      'documents',
      texts,
      'Resource files, each one text of YAML (`file("web.yaml")`, or `yamlencode({…})`).',
      'required',
    ),
    attribute('problems', problems, 'Why it would be refused; empty: nothing is wrong with them.'),
    attribute('warnings', problems, 'What is not there yet and may still come.'),
    attribute('refusal', text, 'Why it would be refused for what it removes; empty: it would not.'),
    attribute(
      'resources',
      listOf([
        attribute('resource', text, 'Which, such as `Service/web`.'),
        attribute(
          'outcome',
          text,
          '`created`, `changed`, `unchanged`, or `over` for an order whose time has passed.',
        ),
      ]),
      'What would become of each.',
    ),
    attribute(
      'agents',
      listOf([
        attribute('role', text, '`director` or `realserver`.'),
        attribute('name', text, 'Its name.'),
        attribute('operations', texts, 'What it would do, each one line, in order.'),
        attribute('refusal', text, 'Why it would refuse; empty: it would not.'),
      ]),
      'Agents that would do something, or refuse.',
    ),
  ],
};

export const dataSourceTypes: readonly DataSourceType[] = [statusSource, weightsSource, planSource];

export function statusValues(status: Status): Values {
  const { coordinator, troubles, agents, services, drains } = status;
  return {
    coordinator,
    troubles,
    agents: agents.map((agent) => ({
      role: agent.role,
      name: agent.name,
      site: agent.site,
      address: agent.address,
      connected: agent.connected,
      up_to_date: agent.wantedVersion > 0 && agent.wantedVersion === agent.appliedVersion,
      refusal: agent.refusal,
      fault: agent.fault ?? '',
      held: agent.held ?? '',
      troubles: agent.troubles ?? [],
    })),
    services: services.map((service) => ({
      name: service.name,
      vips: service.vips,
      ports: service.ports,
      real_servers: service.realServers,
      healthy: service.healthy,
      unsupervised: service.unsupervised,
      withdrawn_at: service.withdrawnAt,
    })),
    drains: drains.map(({ service, realServer, state }) => ({ service, real_server: realServer, state })),
  };
}

/** `from`: null: of all sites. */
export function weightsValues(status: Status, service: string, from: string | null): Values {
  const key = (agent: AgentStatus): string => `${agent.site} ${agent.name}`;
  const directors = status.agents
    .filter(({ role, site }) => role === 'director' && (from === null || site === from))
    .toSorted((a, b) => key(a).localeCompare(key(b)));
  const weights = directors.flatMap(({ site, name, destinations = [] }) =>
    destinations
      .filter((one) => one.service === service)
      .toSorted((a, b) => a.realServer.localeCompare(b.realServer))
      .map(({ realServer, weight, verdict }) => ({
        site,
        director: name,
        real_server: realServer,
        weight: weight < 0 ? null : weight,
        verdict: verdict ?? 'unknown',
      })),
  );
  return { service, from, weights };
}

/** As a coordinator answers. */
interface PlannedChange {
  readonly problems: readonly Problem[];
  readonly warnings?: readonly Problem[];
  /** One for each resource. */
  readonly outcomes?: readonly string[];
  readonly agents: readonly AgentPlan[];
  readonly refusal?: string;
}

export function planResultValues(
  documents: readonly string[],
  resources: readonly Resource[],
  { problems, warnings = [], outcomes = [], agents, refusal = '' }: PlannedChange,
): Values {
  return {
    documents,
    problems: problems.map(problemValues),
    warnings: warnings.map(problemValues),
    refusal,
    resources:
      outcomes.length === 0
        ? []
        : resources.map((one, index) => ({ resource: resourceId(one), outcome: outcomes[index] ?? '' })),
    agents: agents
      .filter((agent) => agent.operations.length > 0 || agent.refusal !== undefined)
      .map((agent) => ({
        role: agent.role,
        name: agent.name,
        operations: agent.operations,
        refusal: agent.refusal ?? '',
      })),
  };
}

function problemValues({ resource, path, found, expected }: Problem): Values {
  return { resource: resourceId(resource), path, found, expected };
}
