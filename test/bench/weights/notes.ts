/** What a reader of the table has to know, and how far the design is from its aims. */
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
  readonly fullTickMs: number;
  /** A real server fails: its service is planned again. */
  readonly eventP99Ms: number;
  readonly rssMb: number;
  /** All reports of a tick, filed as they come: 1.2 million ways from directors to real servers. */
  readonly hearMs: number;
  /** What of the tick is reading them. */
  readonly observeMs: number;
  /** The transport problems alone, in their slowest shape. */
  readonly optimum: { readonly fullTickMs: number; readonly eventP99Ms: number };
}

export function speedNotes({ fullTickMs, eventP99Ms, rssMb, hearMs, observeMs, optimum }: Speed): string[] {
  return [
    `50 sites, 500 services of 48 real servers each: a tick is from the reports to every weight, ${Math.round(observeMs)} ms of it reading them; filing them as they come takes ${Math.round(hearMs)} ms more of every 5 s`,
    'an event is a real server that fails: its service is observed, planned and weighed again, and the whole put together',
    `the optimum alone takes ${Math.round(optimum.fullTickMs)} ms a tick, ${optimum.eventP99Ms} ms an event (p99) in its slowest shape`,
    noteOf('full tick, ms', fullTickMs, 1_000),
    noteOf('event p99, ms', eventP99Ms, 10),
    noteOf('filing the reports of 5 s, ms', hearMs, 500),
    noteOf('memory, MB, all reports of 1.2 million ways included', rssMb, 1_500),
  ];
}

function noteOf(name: string, value: number, atMost: number): string {
  const verdict = value <= atMost ? 'reached' : `missed by ${(value - atMost).toFixed(2)}`;
  return `aim ${name} ≤ ${atMost}: ${value.toFixed(2)}, ${verdict}`;
}
