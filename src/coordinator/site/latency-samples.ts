/** What directors' reports say of the ways between sites, without what is the silence of an agent. */
import type { Steps } from '../../domain/steps.ts';
import type { LatencySample } from '../../plan/latency.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import type { StoreView } from '../view/store-view.ts';
import type { Supervision } from './supervision.ts';

export interface LatencySamplerOptions {
  readonly agents: Pick<AgentWords, 'connected'>;
  readonly view: Pick<StoreView, 'member'>;
  readonly supervision: Pick<Supervision, 'isDisturbed'>;
}

const pathsAStep = 1_000;

/**
 * Once a window: from what connected directors have said since `sinceMs`, a path that is not up telling of its end, not of the
 * way. What an agent leaves unanswered when it goes looks like loss until the director has noticed: a sample with loss waits one
 * window, and counts only where nothing of the kind has come out. Yields between paths.
 */
export function createLatencySampler({ agents, view, supervision }: LatencySamplerOptions) {
  /** By director and real server; few. */
  let waiting = new Map<string, LatencySample>();

  return function* (sinceMs: number, nowMs: number): Steps<LatencySample[]> {
    const samples: LatencySample[] = [];
    const lossy = new Map<string, LatencySample>();
    // What is reported meanwhile belongs to the next window.
    const told = agents.connected('director').map((record) => ({ ...record }));
    for (const { name, report, reportedAtMs } of told) {
      const from = view.member('director', name)?.value.site;
      if (reportedAtMs < sinceMs || from === undefined || report.held !== '') continue;
      for (const [index, path] of report.paths.entries()) {
        if (index % pathsAStep === 0) yield;
        const { realServer, state, agent, rttP50Us, rttP90Us, loss, answered } = path;
        const to = view.member('realserver', realServer)?.value.site;
        if (to === undefined || state !== 'up' || agent === 'absent') continue;
        const sample = { from, to, p50Us: rttP50Us, p90Us: rttP90Us, loss, answered };
        const key = `${name} ${realServer}`;
        const before = waiting.get(key);
        if ((loss > 0 || before !== undefined) && supervision.isDisturbed(name, realServer, nowMs)) continue;
        if (before !== undefined) samples.push(before);
        if (loss > 0) lossy.set(key, sample);
        else samples.push(sample);
      }
    }
    waiting = lossy;
    return samples;
  };
}
