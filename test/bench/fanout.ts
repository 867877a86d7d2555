/** How a coordinator keeps very many agents up to date: over real gRPC on this machine, the agents in processes of their own. */
import { loadavg } from 'node:os';
import { type FanoutRun, measureFanout } from './fanout/measure.ts';
import type { Benchmark } from './run.ts';

export interface FanoutReport {
  readonly runs: readonly FanoutRun[];
}

export const fanoutBenchmark: Benchmark = {
  summary: 'how soon so many agents have acknowledged a change, and what they cost a coordinator',
  options: {
    agents: { type: 'string', default: '1000,5000' },
    tls: { type: 'string', default: 'no,yes' },
    spinners: { type: 'string', default: '0' },
  },
  async run(log, values) {
    const counts = String(values.agents).split(',').map(Number);
    if (!counts.every((count) => Number.isInteger(count) && count >= 100 && count <= 5_000))
      throw new Error(`--agents ${values.agents}: expected whole numbers from 100 to 5000, as in 1000,5000`);
    const ways = String(values.tls).split(',');
    if (!ways.every((way) => way === 'no' || way === 'yes'))
      throw new Error(`--tls ${values.tls}: expected no, yes, or no,yes`);
    const spinners = Number(values.spinners);
    if (!(Number.isInteger(spinners) && spinners >= 0 && spinners <= 64))
      throw new Error(`--spinners ${values.spinners}: expected a whole number from 0 to 64`);
    const runs: FanoutRun[] = [];
    for (const agents of counts) {
      for (const way of ways) {
        const load = loadavg()[0]?.toFixed(1);
        log(`load ${load}`);
        runs.push(rounded(await measureFanout({ agents, tls: way === 'yes', spinners }, log)));
      }
    }
    return { lines: runs.map(line), report: { runs } satisfies FanoutReport };
  },
};

function rounded(run: FanoutRun): FanoutRun {
  const figures = Object.entries(run).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(100 * value) / 100 : value,
  ]);
  return { ...run, ...Object.fromEntries(figures) };
}

function line(run: FanoutRun): string {
  return (
    `${run.agents} agents, ${run.tls ? 'mTLS' : 'plain'}: apply to last acknowledgement p50 ${Math.round(run.p50Ms)} ms, p99 ${Math.round(run.p99Ms)} ms; ` +
    `${Math.round(run.pushesPerS)} pushes/s of ${run.cpuMsPerPush.toFixed(2)} ms CPU; ${run.kbPerAgent.toFixed(1)} kB an agent (heap ${run.heapKbPerAgent.toFixed(1)}, external ${run.externalKbPerAgent.toFixed(1)}, resident ${run.residentKbPerAgent.toFixed(1)}); ` +
    `${run.connectCpuMs.toFixed(1)} ms CPU to connect one; at rest ${(100 * run.restCores).toFixed(1)} % of a core; ` +
    `storm settled after ${(run.stormMs / 1_000).toFixed(1)} s, ${run.stormAttempts.toFixed(1)} connections an agent, ` +
    `${run.stormCpuS.toFixed(1)} s CPU of the coordinator and ${run.stormAgentsCpuS.toFixed(1)} s of the agents; one server's change ${Math.round(run.deltaBytes)} bytes to each director`
  );
}
