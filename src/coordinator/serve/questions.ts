/** Operators' questions about weights, answered from the latest plan: why, since when, and what if. */
import { type AdminClient, connectAdmin } from '../../api/admin-client.ts';
import type { AdminHandlers } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import type { WhatIf, WhyAnswer, WhyQuestion } from '../../domain/question.ts';
import type { Steps } from '../../domain/steps.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { changesAbout, changesText } from '../../plan/optimal/changes-text.ts';
import { explainService } from '../../plan/optimal/explain.ts';
import { explanationText } from '../../plan/optimal/explanation-text.ts';
import type { LatestPlan, WeightChange } from '../../plan/optimal/latest-plans.ts';
import { requireKnown } from '../../plan/optimal/unknown-name.ts';
import { whatIfByPool } from '../../plan/optimal/what-if.ts';
import { whatIfText } from '../../plan/optimal/what-if-text.ts';
import { breathing } from '../../runtime/breathing.ts';
import { directorWords } from './director-words.ts';
import type { OtherCoordinators } from './elsewhere.ts';
import { type PlanSource, requirePlanned } from './plan-source.ts';
import type { Supervised } from './supervised.ts';

export interface QuestionOptions {
  /** Of the plans that are made here; undefined where others lead. */
  planSource(): PlanSource | undefined;
  readonly others?: Pick<OtherCoordinators, 'leaderAddress'> | undefined;
  readonly agents: Pick<AgentWords, 'find'>;
  readonly supervision: Pick<Supervised, 'absentSinceMs'>;
  readonly clock: Clock;
  readonly startedMs: number;
}

const leaderTimeoutMs = 8_000;

export function createQuestionHandlers(options: QuestionOptions): Pick<AdminHandlers, 'explain' | 'whatIf'> {
  const { planSource, others, clock, startedMs } = options;

  const planned = () => requirePlanned(planSource(), clock.nowMs() - startedMs);

  /** Whoever leads has the plan; undefined: it is here, or nobody has it. */
  async function byTheLeader<T>(ask: (leader: AdminClient) => Promise<T>): Promise<T | undefined> {
    const address = planSource() === undefined ? others?.leaderAddress() : undefined;
    if (address === undefined) return undefined;
    const leader = connectAdmin({ address, timeoutMs: leaderTimeoutMs });
    try {
      return await ask(leader);
    } finally {
      leader.close();
    }
  }

  return {
    async explain(question) {
      const told = await byTheLeader((leader) => leader.explain(question));
      if (told !== undefined) return told;
      const { source, latest } = planned();
      const { changedSinceMs } = question;
      if (changedSinceMs !== undefined)
        return changesAnswer(latest, source.changesSince(changedSinceMs), question);
      const { service, from, realServer } = question;
      if (service === undefined || from === undefined) {
        throw new CausewayError({
          code: 'invalid',
          operation: 'explain',
          message: 'expected a service and the site of the directors, or since when changes are to be told',
        });
      }
      const directors = latest.world.directors.filter(({ site }) => site === from);
      const explanation = explainService(
        latest,
        source.changesSince(0),
        { service, from, realServer },
        directorWords(directors, service, options, clock.monotonicMs()),
      );
      return { json: JSON.stringify(explanation), sentences: explanationText(explanation) };
    },
    async whatIf(changes, service, { signal }) {
      const told = await byTheLeader((leader) => leader.whatIf(changes, service));
      if (told !== undefined) return told;
      const { source } = planned();
      function* supposed(): Steps<WhatIf> {
        return yield* whatIfByPool(yield* source.input(), changes, service);
      }
      const answer = await breathing(supposed(), { operation: 'suppose', signal });
      return { ...answer, sentences: whatIfText(answer, changes) };
    },
  };
}

function changesAnswer(
  latest: LatestPlan,
  changes: readonly WeightChange[],
  question: WhyQuestion,
): WhyAnswer {
  const { service, from, realServer } = question;
  const { services, sites, realServers } = latest.world;
  const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);
  if (service !== undefined) requireKnown('explain', 'service', service, names(services));
  if (from !== undefined) requireKnown('explain', 'site', from, names(sites));
  if (realServer !== undefined) requireKnown('explain', 'real server', realServer, names(realServers));
  const asked = changesAbout(changes, question);
  return { json: JSON.stringify(asked), sentences: changesText(asked, latest.atMs) };
}
