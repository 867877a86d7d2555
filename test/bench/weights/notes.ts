/** What a reader of the table has to know, and how far the design is from its aims. */
import type { Took } from '../stopwatch.ts';
import { fillTo } from './linear-program.ts';
import { scenarioSeconds } from './scenarios.ts';
import type { Row } from './table.ts';
import { cities, cityCount } from './world.ts';

interface Aim {
  readonly name: string;
  readonly of: (row: Row) => number;
  readonly atMost: number;
}

const aims: readonly Aim[] = [
  { name: 'RTT/LP', of: (row) => row.rttOverLp, atMost: 1 },
  { name: 'p99 ms', of: (row) => row.p99Ms, atMost: 44 },
  { name: 'hot site-seconds', of: (row) => row.hotSiteSeconds, atMost: 114 },
  { name: 'overload site-seconds', of: (row) => row.overloadSiteSeconds, atMost: 43 },
  { name: 'churn %/min', of: (row) => row.churnPctPerMin, atMost: 1.5 },
  { name: 'churn %/min, beyond the reference', of: (row) => row.churnPctPerMin, atMost: 1 },
];

export function worldNotes(): string[] {
  const servers = cities.reduce((sum, city) => sum + city.servers, 0);
  return [
    `${cityCount} cities, ${servers} real servers, ${scenarioSeconds} s a scenario after a warm-up; connections 90 % of mean 8 s, 10 % of mean 240 s`,
    `RTT/LP: over the least mean RTT with nobody fuller than ${100 * fillTo} %, of the true demand and capacity; below 1 is bought with fuller sites`,
    'hot: seconds that a site is more than 90 % full; overload: more than 100 %; summed over scenarios, averaged over seeds; the rest is averaged over both',
    'calibrated by the policies that use no estimators: hot and overload seconds of static, latency and waterfall, and their RTT',
    'a flapping site is a whole one: whoever follows its health at once steers its traffic anew every 20 s, static too',
  ];
}

export function aimNotes(row: Row): string[] {
  return aims.map(({ name, of, atMost }) => noteOf(name, of(row), atMost));
}

/** Of 50 sites × 500 services × 24,000 servers on one core. */
export interface Speed {
  /** From the agents' reports to every weight: the slower of the first tick and the median of five, of 60 and 90 % load. */
  readonly fullTickMs: Took;
  /** A real server fails: its service is planned again. */
  readonly eventP99Ms: Took;
  readonly rssMb: number;
  /** Of it, what is still in use. */
  readonly livesMb: number;
  /** All reports of a tick, filed as they come: 1.2 million ways from directors to real servers. */
  readonly hearMs: Took;
  /** What of the tick is reading them. */
  readonly observeMs: Took;
  /** The transport problems alone, in their slowest shape. */
  readonly optimum: { readonly fullTickMs: Took; readonly eventP99Ms: Took };
}

export function speedNotes(speed: Speed): string[] {
  const { fullTickMs, eventP99Ms, rssMb, livesMb, hearMs, observeMs, optimum } = speed;
  const either = ({ cpu, own, wall }: Took) => `${cpu} ms (${own} of the thread, ${wall} by the clock)`;
  return [
    'times are of processors, the collector on all its threads included; of the thread: what the one that works computes of it; by the clock they are longer where others use the machine as well',
    `50 sites, 500 services of 48 real servers each: a tick is from the reports to every weight, ${either(observeMs)} of it reading them; filing them as they come takes ${either(hearMs)} more of every 5 s`,
    'an event is a real server that fails: its service is observed, planned and weighed again, and the whole put together',
    `the optimum alone takes ${either(optimum.fullTickMs)} a tick, ${either(optimum.eventP99Ms)} an event (p99) in its slowest shape`,
    `memory is the most at any time, reports of 1.2 million ways included; ${livesMb} MB of it live`,
    timeNoteOf('full tick', fullTickMs, 1_000),
    timeNoteOf('event p99', eventP99Ms, 10),
    timeNoteOf('filing the reports of 5 s', hearMs, 500),
    noteOf('memory, MB', rssMb, 1_500),
  ];
}

function timeNoteOf(name: string, { cpu, own, wall }: Took, atMost: number): string {
  return `${noteOf(`${name}, ms`, cpu, atMost)}; of the thread ${own.toFixed(2)}, by the clock ${wall.toFixed(2)}`;
}

function noteOf(name: string, value: number, atMost: number): string {
  const verdict = value <= atMost ? 'reached' : `missed by ${(value - atMost).toFixed(2)}`;
  return `aim ${name} ≤ ${atMost}: ${value.toFixed(2)}, ${verdict}`;
}
