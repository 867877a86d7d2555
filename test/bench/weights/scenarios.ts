/** What goes wrong in the simulated WAN, and when. */
import { cityIndex } from './world.ts';

/** Times are seconds from the start of what is measured; cities and sites are indices. */
export interface Scenario {
  readonly name: string;
  /** Hours of the day that pass in a second, and the hour (UTC) at 0. */
  readonly hoursPerSecond: number;
  readonly startHour: number;
  /** Of what the city's clients want else. */
  demandFactor(city: number, second: number): number;
  /** Of what the site is declared to carry. Its health does not show it. */
  capacityFactor(site: number, second: number): number;
  isUp(site: number, second: number): boolean;
  extraRttMs(city: number, site: number, second: number): number;
  /** Nothing is heard from the site's agents; its traffic goes on. */
  isSilent(site: number, second: number): boolean;
}

export const scenarioSeconds = 1_200;

const realTime = 1 / 3_600;
const fault = { from: 150, to: 1_050 };

/** Early afternoon in Europe, morning in America: Europe is at its fullest. */
const quiet: Omit<Scenario, 'name'> = {
  hoursPerSecond: realTime,
  startHour: 15,
  demandFactor: () => 1,
  capacityFactor: () => 1,
  isUp: () => true,
  extraRttMs: () => 0,
  isSilent: () => false,
};

export const scenarios: readonly Scenario[] = [
  { ...quiet, name: 'wave', hoursPerSecond: 24 / scenarioSeconds, startHour: 0 },
  {
    ...quiet,
    name: 'siteloss',
    isUp: (site, second) => site !== cityIndex('mad') || !isWithin(second, fault),
  },
  {
    ...quiet,
    name: 'brownout',
    capacityFactor: (site, second) => (site === cityIndex('sin') && isWithin(second, fault) ? 0.4 : 1),
  },
  {
    ...quiet,
    name: 'rttspike',
    extraRttMs: (city, site, second) =>
      isBetween(city, site, 'lon', 'fra') && isWithin(second, fault) ? 80 : 0,
  },
  {
    ...quiet,
    name: 'flap',
    isUp: (site, second) =>
      site !== cityIndex('waw') || !isWithin(second, fault) || !isTurn(second - fault.from, 20),
    extraRttMs: (city, site, second) =>
      isBetween(city, site, 'nyc', 'chi') && isWithin(second, fault) && isTurn(second - fault.from, 25)
        ? 40
        : 0,
  },
  {
    ...quiet,
    name: 'stale',
    isSilent: (site, second) =>
      ['bom', 'lon', 'nyc'].map(cityIndex).includes(site) && isWithin(second, { from: 300, to: 600 }),
  },
  {
    ...quiet,
    name: 'asym',
    demandFactor: (city, second) =>
      ['chi', 'waw'].map(cityIndex).includes(city) ? 1 + 0.8 * ramp(second, 180) : 1,
  },
];

function isWithin(second: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return second >= from && second < to;
}

/** In the first period, not in the second, and so on. */
function isTurn(second: number, period: number): boolean {
  return Math.floor(second / period) % 2 === 0;
}

function isBetween(city: number, site: number, a: string, b: string): boolean {
  const pair = [cityIndex(a), cityIndex(b)];
  return city !== site && pair.includes(city) && pair.includes(site);
}

/** 0 before the fault, 1 during it, and as long for the way up as for the way down. */
function ramp(second: number, rampSeconds: number): number {
  const up = (second - fault.from) / rampSeconds;
  const down = (fault.to - second) / rampSeconds;
  return Math.max(0, Math.min(1, up, down));
}
