/** All agents of a run, in processes of their own: one alone would be busier with them than the coordinator is. */
import { fileURLToPath } from 'node:url';
import type { AgentsFigures, AgentsQuestion } from './agents.ts';
import { type Child, startChild } from './child.ts';

export interface Crowd {
  /** Asks all; the last of it, and sums. */
  ask(question: AgentsQuestion): Promise<AgentsFigures>;
  /** Until so many snapshots in all have been acknowledged. Throws where they have not in ten minutes. */
  acknowledged(count: number): Promise<AgentsFigures>;
  kill(): Promise<void>;
}

const agentsFile = fileURLToPath(new URL('./agents.ts', import.meta.url));
const agentsAProcess = 500;
const lookMs = 5;
const acknowledgedWithinMs = 10 * 60_000;

export async function startCrowd(
  port: number,
  count: number,
  certificates: string | undefined,
): Promise<Crowd> {
  const begins = Array.from(
    { length: Math.ceil(count / agentsAProcess) },
    (_, part) => part * agentsAProcess,
  );
  const children: Child<AgentsQuestion, AgentsFigures>[] = [];
  const kill = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.kill()));
  };
  try {
    for (const begin of begins) {
      const end = Math.min(count, begin + agentsAProcess);
      const argv = [port, count, begin, end].map(String);
      children.push(
        await startChild(agentsFile, [...argv, ...(certificates === undefined ? [] : [certificates])]),
      );
    }
  } catch (error) {
    await kill();
    throw error;
  }

  async function ask(question: AgentsQuestion): Promise<AgentsFigures> {
    const answers = await Promise.all(children.map((child) => child.ask(question)));
    const sumOf = (figure: (one: AgentsFigures) => number): number =>
      answers.reduce((sum, one) => sum + figure(one), 0);
    return {
      atMs: Math.max(...answers.map(({ atMs }) => atMs)),
      bytesRead: sumOf(({ bytesRead }) => bytesRead),
      acknowledged: sumOf((one) => one.acknowledged),
      attempts: sumOf(({ attempts }) => attempts),
      cpuMs: sumOf(({ cpuMs }) => cpuMs),
    };
  }

  return {
    ask,
    kill,
    async acknowledged(count) {
      const untilMs = performance.now() + acknowledgedWithinMs;
      for (;;) {
        const figures = await ask({ kind: 'figures' });
        if (figures.acknowledged >= count) return figures;
        if (performance.now() > untilMs)
          throw new Error(`${figures.acknowledged} of ${count} snapshots were acknowledged`);
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    },
  };
}
