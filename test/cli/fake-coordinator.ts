/** A coordinator in memory: it knows what was applied, and refuses what it does not know. */
import type { HistoryAnswer, HistoryQuestion, RollbackResult } from '../../src/api/handlers.ts';
import type { Admin } from '../../src/cli/io.ts';
import type { Denial } from '../../src/domain/denial.ts';
import { CausewayError } from '../../src/domain/error.ts';
import type { WhatIfAnswer, WhatIfChange, WhyAnswer, WhyQuestion } from '../../src/domain/question.ts';
import { type Problem, type Resource, resourceId } from '../../src/domain/resource.ts';
import type { ChangeTerms, RevisionChange } from '../../src/domain/revision.ts';
import type { AgentPlan, Status } from '../../src/domain/status.ts';
import { nowMs } from './fake-io.ts';

export interface FakeCoordinator extends Admin {
  readonly stored: Map<string, Resource>;
  readonly forced: boolean[];
  /** What came with each change. */
  readonly said: ChangeTerms[];
  rolledBack: RollbackResult;
  past: HistoryAnswer;
  changes: readonly RevisionChange[];
  readonly asked: (
    | WhyQuestion
    | HistoryQuestion
    | { readonly changes: readonly WhatIfChange[]; readonly service?: string }
    | { readonly from?: number | undefined; readonly to: number | undefined }
  )[];
  why: WhyAnswer;
  supposed: WhatIfAnswer;
  denied: readonly Denial[];
  closed: number;
}

/** Its clock is not the user's. */
export const coordinatorMs = nowMs + 3_600_000;

export function fakeCoordinator(status: Status, plans: readonly AgentPlan[] = []): FakeCoordinator {
  const stored = new Map<string, Resource>();
  const labels = new Set(['app=web']);

  /** What only the coordinator can know: other resources, and who registered. */
  function problemsOf(resources: readonly Resource[]): Problem[] {
    const known = new Set([...stored.keys(), ...resources.map(resourceId)]);
    const vips = new Map<string, string>();
    const problems: Problem[] = [];
    for (const resource of [...stored.values(), ...resources]) {
      if (resource.kind !== 'Service') continue;
      const problem = (path: string, found: string, expected: string) =>
        problems.push({ resource: { kind: 'Service', name: resource.name }, path, found, expected });
      for (const [index, site] of resource.sites.entries()) {
        if (!known.has(`Site/${site}`))
          problem(`spec.sites[${index}]`, JSON.stringify(site), 'a site that exists');
      }
      for (const [index, vip] of resource.vips.entries()) {
        const other = vips.get(vip) ?? resource.name;
        if (other !== resource.name)
          problem(`spec.vips[${index}]`, vip, `a VIP of its own: Service/${other} has it`);
        vips.set(vip, other);
      }
      if (!Object.entries(resource.selector).some(([key, value]) => labels.has(`${key}=${value}`))) {
        problem('spec.selector', 'no real server', 'labels that a registered real server carries');
      }
    }
    return problems;
  }

  const absent = (id: string) =>
    new CausewayError({
      code: 'not-found',
      operation: 'get',
      subject: id,
      message: 'there is no such resource',
    });

  return {
    stored,
    backup: async () => 'everything\n',
    denied: [],
    async deny(denials) {
      const before = new Set(this.denied.map(({ subject }) => subject));
      this.denied = [...this.denied, ...denials.filter(({ subject }) => !before.has(subject))];
      const outcomes = denials.map(({ subject }) => (before.has(subject) ? 'known' : 'added'));
      return { outcomes, denials: this.denied };
    },
    rotateProbeKeys: async () => ({ isBegun: true, epoch: 5, usedFromMs: 600_000 }),
    forced: [],
    asked: [],
    why: { json: '{}', sentences: [] },
    supposed: {
      flows: [],
      sites: [],
      movedMilli: 0,
      demandMilli: 0,
      ticks: 0,
      waitTicks: 0,
      seconds: 0,
      settled: true,
      sentences: [],
    },
    closed: 0,
    said: [],
    rolledBack: {
      problems: [],
      revision: 9,
      number: 3,
      outcomes: [],
      resources: [],
      removals: [],
      leftAlone: [],
    },
    past: { revisions: [], oldest: 0, newest: 0 },
    changes: [],
    async apply(resources, { force, strict: _, ...terms }) {
      const problems = problemsOf(resources);
      if (problems.length > 0) return { problems, revision: 0, outcomes: [] };
      this.forced.push(force);
      this.said.push(terms);
      const outcomes = resources.map((given) => {
        // A time from now is counted by the coordinator's clock.
        const { lastsMs, ...override } = given.kind === 'Override' ? given : { lastsMs: undefined };
        const resource =
          lastsMs === undefined ? given : ({ ...override, expiresAtMs: coordinatorMs + lastsMs } as Resource);
        const before = stored.get(resourceId(resource));
        stored.set(resourceId(resource), resource);
        if (before === undefined) return 'created';
        return JSON.stringify(before) === JSON.stringify(resource) ? 'unchanged' : 'changed';
      });
      const isChanged = outcomes.some((outcome) => outcome !== 'unchanged');
      return { problems: [], revision: stored.size, outcomes, ...(isChanged ? { number: stored.size } : {}) };
    },
    async get(id) {
      const found = stored.get(resourceId(id));
      if (found === undefined) throw absent(resourceId(id));
      return found;
    },
    async list(kind) {
      return {
        resources: [...stored.values()].filter((resource) => kind === undefined || resource.kind === kind),
      };
    },
    async remove(ids, { force = false, absentAllowed = false, ...terms } = {}) {
      const gone = ids.filter((id) => !stored.has(resourceId(id)));
      const [missing] = gone;
      if (missing !== undefined && !force && !absentAllowed) throw absent(resourceId(missing));
      for (const id of ids) stored.delete(resourceId(id));
      this.forced.push(force);
      this.said.push(terms);
      const outcomes = ids.map((id) => (gone.includes(id) && !force ? 'absent' : 'deleted'));
      return { revision: 1, outcomes, ...(outcomes.includes('deleted') ? { number: 2 } : {}) };
    },
    async rollback(to, { force, ...terms }) {
      this.forced.push(force);
      this.said.push(terms);
      this.asked.push({ to });
      return this.rolledBack;
    },
    async planRollback(to) {
      this.asked.push({ to });
      return { ...this.rolledBack, agents: plans };
    },
    async history(question) {
      this.asked.push(question);
      return this.past;
    },
    async difference(from, to) {
      this.asked.push({ from, to });
      return this.changes;
    },
    status: async () => status,
    async plan(resources) {
      const problems = problemsOf(resources);
      if (problems.length > 0) return { problems, agents: [] };
      const outcomes = resources.map((resource) => {
        const known = stored.get(resourceId(resource));
        if (known === undefined) return 'created';
        return JSON.stringify(known) === JSON.stringify(resource) ? 'unchanged' : 'changed';
      });
      return { problems, agents: plans, outcomes };
    },
    async planRemoval(ids) {
      for (const { kind, name } of ids) if (!stored.has(`${kind}/${name}`)) throw absent(`${kind}/${name}`);
      return { problems: [], agents: plans };
    },
    async explain(question) {
      this.asked.push(question);
      return this.why;
    },
    async whatIf(changes, service) {
      this.asked.push({ changes, ...(service === undefined ? {} : { service }) });
      return this.supposed;
    },
    close() {
      this.closed += 1;
    },
  };
}
