/** How many new connections each city's clients open in each second: by the hour, the scenario, and chance. */
import { createRandom } from './random.ts';
import type { Scenario } from './scenarios.ts';
import { cities, declaredConnections, meanSeconds } from './world.ts';

/** Of the busiest hour, at the quietest; between them a cosine. */
const quietest = 0.4;
const busiestHour = 15;
const hoursPerDegree = 24 / 360;

/** What clients really want wanders: standard deviation, and for how long it stays on one side. */
const wander = { deviation: 0.02, seconds: 120 } as const;

/** Of new connections a second, before chance: by city. */
export function meanArrivals(scenario: Scenario, second: number): number[] {
  const hour = scenario.startHour + second * scenario.hoursPerSecond;
  return cities.map(({ busiest, longitude }, city) => {
    const sinceBusiest = hour + longitude * hoursPerDegree - busiestHour;
    const profile = (1 + quietest) / 2 + ((1 - quietest) / 2) * Math.cos((sinceBusiest * Math.PI) / 12);
    const connections = (declaredConnections[city] ?? 0) * busiest * profile;
    return (connections * scenario.demandFactor(city, second)) / meanSeconds;
  });
}

/** By second, from `fromSecond` on, then city. The same for every policy. */
export function drawArrivals(
  scenario: Scenario,
  seed: number,
  fromSecond: number,
  toSecond: number,
): number[][] {
  const random = cities.map(({ name }) => createRandom(seed, `${scenario.name} demand ${name}`));
  const wandered = random.map((city) => wander.deviation * city.normal());
  const arrivals: number[][] = [];
  for (let second = fromSecond; second < toSecond; second += 1) {
    arrivals.push(
      meanArrivals(scenario, second).map((mean, city) => {
        const draw = random[city]?.normal ?? (() => 0);
        const before = wandered[city] ?? 0;
        const pull = before / wander.seconds;
        const now = before - pull + wander.deviation * Math.sqrt(2 / wander.seconds) * draw();
        wandered[city] = now;
        const rate = mean * (1 + now);
        // Poisson's, as good as normal where there are hundreds.
        return Math.max(0, rate + Math.sqrt(rate) * draw());
      }),
    );
  }
  return arrivals;
}
