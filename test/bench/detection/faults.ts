/** What befalls both sides at the same moment, to the first real server of each; agents only Causeway has. */
import { PreparedBatch } from '../../../src/lab/prepared-batch.ts';
import { silence } from '../../../src/lab/silence.ts';
import { tunnelDevice } from './keepalived.ts';
import { realServers, topology, vips } from './network.ts';
import type { Place } from './place.ts';
import { type Side, sides } from './requests.ts';

export const faultNames = [
  'dead host',
  'tunnel down',
  'VIP gone',
  'application refused',
  'agent killed',
  'agent stopped',
] as const;
export type FaultName = (typeof faultNames)[number];

/** A real server's agent looks every five seconds and puts things right: this fault does not let it. */
const holdEveryMs = 50;
const ourTunnelDevice = 'cw-ipip';

export interface Fault {
  readonly name: FaultName;
  readonly affects: readonly Side[];
  /** Watched to its end, though nothing fails: it must last so long to prove anything. */
  readonly lasts: 'until found' | 'whole';
  /** Gets everything ready, so that the fault happens when it is said to. */
  prepare(place: Place): Promise<Injection>;
}

export interface Injection {
  inject(): void;
  heal(): Promise<void>;
}

export const faults: readonly Fault[] = [
  { name: 'dead host', affects: sides, lasts: 'until found', prepare: deadHosts },
  { name: 'tunnel down', affects: sides, lasts: 'until found', prepare: tunnelsDown },
  { name: 'VIP gone', affects: sides, lasts: 'until found', prepare: vipsGone },
  { name: 'application refused', affects: sides, lasts: 'until found', prepare: applicationsEnd },
  { name: 'agent killed', affects: ['ours'], lasts: 'whole', prepare: agentsKilled },
  { name: 'agent stopped', affects: ['ours'], lasts: 'whole', prepare: agentsStopped },
];

const first: Readonly<Record<Side, string>> = {
  ours: realServers.ours[0],
  keepalived: realServers.keepalived[0],
};

async function deadHosts({ launcher }: Place): Promise<Injection> {
  const silences = await Promise.all(sides.map((side) => silence(first[side], topology, launcher)));
  return {
    inject() {
      for (const each of silences) each.begin();
    },
    async heal() {
      await Promise.all(silences.map((each) => each.end()));
    },
  };
}

async function tunnelsDown({ launcher }: Place): Promise<Injection> {
  const [ours, theirs] = await batches(launcher);
  return held({
    ours: () => ours.write(`link set dev ${ourTunnelDevice} down`),
    theirs: () => theirs.write(`link set dev ${tunnelDevice} down`),
    async heal() {
      theirs.write(`link set dev ${tunnelDevice} up`);
      await Promise.all([ours.end(), theirs.end()]);
    },
  });
}

async function vipsGone({ launcher }: Place): Promise<Injection> {
  const [ours, theirs] = await batches(launcher);
  return held({
    // `flush`, since to delete what is not there is an error.
    ours: () => ours.write(`address flush dev ${ourTunnelDevice} to ${vips.ours}/32`),
    theirs: () => theirs.write(`address del ${vips.keepalived}/32 dev ${tunnelDevice}`),
    async heal() {
      theirs.write(`address add ${vips.keepalived}/32 dev ${tunnelDevice}`);
      await Promise.all([ours.end(), theirs.end()]);
    },
  });
}

function batches(launcher: Place['launcher']): Promise<[PreparedBatch, PreparedBatch]> {
  return Promise.all([
    new PreparedBatch(launcher, 'ip', first.ours).ready(),
    new PreparedBatch(launcher, 'ip', first.keepalived).ready(),
  ]);
}

/** Ours again and again; nobody restores keepalived's. */
function held({
  ours,
  theirs,
  heal,
}: {
  readonly ours: () => void;
  readonly theirs: () => void;
  readonly heal: () => Promise<void>;
}): Injection {
  let again: NodeJS.Timeout | undefined;
  return {
    inject() {
      ours();
      theirs();
      again = setInterval(ours, holdEveryMs);
    },
    async heal() {
      clearInterval(again);
      await heal();
    },
  };
}

async function applicationsEnd({ program }: Place): Promise<Injection> {
  const applications = sides.map((side) => program(`${first[side]}-nginx`));
  return {
    inject() {
      for (const each of applications) each.signal('SIGKILL');
    },
    async heal() {
      await Promise.all(applications.map((each) => each.ended()));
      await Promise.all(applications.map((each) => each.start()));
    },
  };
}

async function agentsKilled({ program }: Place): Promise<Injection> {
  const agents = realServers.ours.map(program);
  return {
    inject() {
      for (const each of agents) each.signal('SIGKILL');
    },
    async heal() {
      await Promise.all(agents.map((each) => each.ended()));
      await Promise.all(agents.map((each) => each.start()));
    },
  };
}

async function agentsStopped({ program }: Place): Promise<Injection> {
  const agents = realServers.ours.map(program);
  return {
    inject() {
      for (const each of agents) each.signal('SIGSTOP');
    },
    async heal() {
      for (const each of agents) each.signal('SIGCONT');
    },
  };
}
