// A scenario file: the first document says what the lab is and what befalls it, all others are the resources that are
// applied, just as `causeway apply -f` takes them.
import type * as z from 'zod';
import type { Resource } from '../domain/resource.ts';
import { foundText, type Mistake, type PathStep, pathText } from '../resource/mistake.ts';
import { parseResources } from '../resource/parse.ts';
import { readYaml, type SourceDocument } from '../resource/source.ts';
import { changedResources } from './scenario-changes.ts';
import { type ControlFault, type Fault, type ScenarioDocument, scenarioSchema } from './scenario-schema.ts';

export interface Scenario extends ScenarioDocument {
  readonly resources: readonly Resource[];
  /** What is applied on the way, by the name of the fault. */
  readonly changes: ReadonlyMap<string, Resource>;
}

export type ScenarioResult =
  | { readonly scenario: Scenario; readonly mistakes?: undefined }
  | { readonly mistakes: readonly Mistake[]; readonly scenario?: undefined };

/** Reads a scenario; `file` is what mistakes are reported under. */
export function parseScenario(text: string, file: string): ScenarioResult {
  const documents = readYaml(text, file);
  if ('mistakes' in documents) return documents;
  const [first] = documents;
  if (first === undefined) {
    return { mistakes: [{ file, line: 0, column: 0, path: '', found: 'nothing', expected: 'a scenario' }] };
  }
  const parsed = scenarioSchema.safeParse(first.value);
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.flatMap((issue) => issueMistakes(issue, first, file)) };
  }
  const mistakes = placed(crossChecks(parsed.data), first, file);
  if (mistakes.length > 0) return { mistakes };
  const parsedResources = parseResources(withoutFirstDocument(text), file);
  if ('mistakes' in parsedResources) return parsedResources;
  const { changes, findings } = changedResources(
    parsed.data.faults,
    documents.slice(1).map(({ value }) => value),
  );
  if (findings.length > 0) return { mistakes: placed(findings, first, file) };
  return { scenario: { ...parsed.data, resources: parsedResources.resources, changes } };
}

function placed(findings: readonly Finding[], document: SourceDocument, file: string): Mistake[] {
  return findings.map(({ path, found, expected }) => ({
    file,
    ...document.locate(path),
    path: pathText(path),
    found,
    expected,
  }));
}

function issueMistakes(issue: z.core.$ZodIssue, document: SourceDocument, file: string): Mistake[] {
  const path = issue.path.filter((step): step is PathStep => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      file,
      ...document.locate([...path, key], { key: true }),
      path: pathText([...path, key]),
      found: 'an unknown key',
      expected: 'a key that scenarios have',
    }));
  }
  const found = foundText(valueAt(document.value, path));
  return [{ file, ...document.locate(path), path: pathText(path), found, expected: issue.message }];
}

function valueAt(value: unknown, path: readonly PathStep[]): unknown {
  let current = value;
  for (const step of path) {
    if (current === null || typeof current !== 'object') return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

interface Finding {
  readonly path: readonly PathStep[];
  readonly found: string;
  readonly expected: string;
}

function crossChecks(scenario: ScenarioDocument): Finding[] {
  const findings: Finding[] = [];
  const names = scenario.sites.map(({ name }) => name);
  const known = (name: string, path: PathStep[]): void => {
    if (!names.includes(name))
      findings.push({ path, found: foundText(name), expected: `one of ${names.join(', ')}` });
  };
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) {
      findings.push({ path: ['sites', index, 'name'], found: foundText(name), expected: 'each site once' });
    }
  }
  findings.push(...coordinatorChecks(scenario));
  const pairs = new Set<string>();
  for (const [index, { between }] of scenario.wan.entries()) {
    for (const [side, name] of between.entries()) known(name, ['wan', index, 'between', side]);
    const pair = pairName(between);
    if (pairs.has(pair) || between[0] === between[1]) {
      findings.push({
        path: ['wan', index, 'between'],
        found: pair,
        expected: 'each pair of two sites once',
      });
    }
    pairs.add(pair);
  }
  for (const [index, a] of names.entries()) {
    for (const b of names.slice(index + 1)) {
      if (!pairs.has(pairName([a, b]))) {
        findings.push({
          path: ['wan'],
          found: `nothing between ${a} and ${b}`,
          expected: 'every pair of sites',
        });
      }
    }
  }
  for (const name of Object.keys(scenario.labelsOf))
    findings.push(...oneOf(name, realServerNames(scenario), ['labelsOf', name]));
  for (const [index, fault] of scenario.faults.entries()) {
    const path = ['faults', index];
    for (const finding of faultChecks(fault, scenario))
      findings.push({ ...finding, path: [...path, ...finding.path] });
    for (const [number, beneath] of fault.during.entries())
      for (const finding of controlFaultChecks(beneath, scenario))
        findings.push({ ...finding, path: [...path, 'during', number, ...finding.path] });
    for (const [client, server] of Object.entries(fault.expect.servedBy ?? {})) {
      known(client, [...path, 'expect', 'servedBy', client]);
      known(server, [...path, 'expect', 'servedBy', client]);
    }
    if (scenario.faults.findIndex(({ name }) => name === fault.name) < index) {
      findings.push({ path: [...path, 'name'], found: foundText(fault.name), expected: 'each name once' });
    }
  }
  for (const [index, stage] of scenario.stages.entries()) {
    const path = ['stages', index];
    for (const key of ['newConnectionsPerSecond', 'realCapacity'] as const)
      for (const name of Object.keys(stage[key])) known(name, [...path, key, name]);
    for (const [from, to] of Object.entries(stage.expect.sentTo))
      for (const name of [from, ...Object.keys(to)]) known(name, [...path, 'expect', 'sentTo', from]);
    if (stage.whatIfDown !== undefined) known(stage.whatIfDown, [...path, 'whatIfDown']);
    if (scenario.stages.findIndex(({ name }) => name === stage.name) < index) {
      findings.push({ path: [...path, 'name'], found: foundText(stage.name), expected: 'each name once' });
    }
  }
  return findings;
}

function faultChecks(fault: Fault, scenario: ScenarioDocument): Finding[] {
  const names = scenario.sites.map(({ name }) => name);
  switch (fault.kind) {
    case 'stop-application':
    case 'kill-host':
    case 'tunnel-down':
      return oneOf(fault.host, realServerNames(scenario), ['host']);
    case 'kill-site-servers':
      return oneOf(fault.site, names, ['site']);
    case 'wan-rtt':
      return oneOf(
        pairName(fault.between),
        scenario.wan.map(({ between }) => pairName(between)),
        ['between'],
      );
    case 'kill':
    case 'stop':
    case 'cut':
    case 'clock':
    case 'wan-loss':
      return controlFaultChecks(fault, scenario);
    case 'restart-agents':
      return [];
    case 'apply':
      return (fault.expect.newConnectionsTo ?? []).flatMap((name, index) =>
        oneOf(name, realServerNames(scenario), ['expect', 'newConnectionsTo', index]),
      );
  }
}

function coordinatorChecks(scenario: ScenarioDocument): Finding[] {
  const coordinators = coordinatorNames(scenario).length;
  const isShared = etcdNames(scenario).length > 0;
  if (coordinators === 0)
    return [{ path: ['sites'], found: 'no coordinator', expected: 'a site with coordinators: 1' }];
  if (coordinators > 1 && !isShared)
    return [
      {
        path: ['sites'],
        found: `${coordinators} coordinators without an etcd`,
        expected: 'a site with etcd: 1, or one coordinator',
      },
    ];
  return [];
}

function controlFaultChecks(fault: ControlFault, scenario: ScenarioDocument): Finding[] {
  const sites = scenario.sites.map(({ name }) => name);
  const hosts = [
    ...[...coordinatorNames(scenario), ...etcdNames(scenario)],
    ...[...directorNames(scenario), ...realServerNames(scenario)],
  ];
  const shared = etcdNames(scenario).length > 0 ? ['leader', 'etcd'] : [];
  if (fault.kind === 'wan-loss') return [];
  if (fault.kind === 'clock') {
    const allowed = [...shared, 'coordinators', ...coordinatorNames(scenario)];
    return fault.programs.flatMap((name, index) => oneOf(name, allowed, ['programs', index]));
  }
  if (fault.kind !== 'cut') {
    const allowed = [...shared, 'coordinators', 'directors', 'realservers', ...hosts];
    return fault.programs.flatMap((name, index) => oneOf(name, allowed, ['programs', index]));
  }
  const allowed = [...sites, 'others', ...shared, 'coordinators', ...hosts];
  return fault.between.flatMap((name, side) => oneOf(name, allowed, ['between', side]));
}

function oneOf(name: string, allowed: readonly string[], path: PathStep[]): Finding[] {
  return allowed.includes(name)
    ? []
    : [{ path, found: foundText(name), expected: `one of ${allowed.join(', ')}` }];
}

/** `fra–lon`, whichever way round. */
export function pairName(between: readonly [string, string]): string {
  return between.toSorted().join('–');
}

export function directorNames(scenario: Pick<ScenarioDocument, 'sites'>): string[] {
  return scenario.sites.flatMap(({ name, directors }) => numbered(`${name}-d`, directors));
}

export function coordinatorNames(scenario: Pick<ScenarioDocument, 'sites'>): string[] {
  return scenario.sites.flatMap(({ name, coordinators }) => numbered(`${name}-c`, coordinators));
}

/** Hosts of the members of etcd. */
export function etcdNames(scenario: Pick<ScenarioDocument, 'sites'>): string[] {
  return scenario.sites.flatMap(({ name, etcd }) => numbered(`${name}-e`, etcd));
}

export function realServerNames(scenario: Pick<ScenarioDocument, 'sites'>): string[] {
  return scenario.sites.flatMap(({ name, realServers }) => numbered(`${name}-r`, realServers));
}

/** `fra-r1`, `fra-r2`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** VIPs that the services have at any time, each with the sites that claim it. */
export function claimedVips(
  scenario: Pick<Scenario, 'sites' | 'resources' | 'changes'>,
): { address: string; sites: string[] }[] {
  const all = scenario.sites.map(({ name }) => name);
  const claims = new Map<string, string[]>();
  for (const resource of [...scenario.resources, ...scenario.changes.values()]) {
    if (resource.kind !== 'Service') continue;
    for (const address of resource.vips)
      claims.set(address, resource.sites.length > 0 ? [...resource.sites] : all);
  }
  return [...claims].map(([address, sites]) => ({ address, sites }));
}

/** Whether coordinators' clocks are to be set. */
export function setsClocks({ faults }: Pick<ScenarioDocument, 'faults'>): boolean {
  return faults.some((fault) => fault.kind === 'clock' || fault.during.some(({ kind }) => kind === 'clock'));
}

/** Labels of a real server of the lab. */
export function labelsOf(
  { realServerLabels, labelsOf: own }: Pick<ScenarioDocument, 'realServerLabels' | 'labelsOf'>,
  realServer: string,
): Record<string, string> {
  return { ...realServerLabels, ...own[realServer] };
}

/** The other documents, behind as many empty lines as the first one and its `---` took. */
function withoutFirstDocument(text: string): string {
  const lines = text.split('\n');
  const isContent = (line: string): boolean =>
    line.trim() !== '' && !line.startsWith('#') && !line.startsWith('---');
  const start = lines.findIndex(isContent);
  const end = lines.findIndex((line, index) => index > start && /^---(\s|$)/.test(line));
  if (end < 0) return '';
  return [...lines.slice(0, end).map(() => ''), ...lines.slice(end)].join('\n');
}
