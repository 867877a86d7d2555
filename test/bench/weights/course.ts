/** What happens in one scenario with one seed, whatever the policy does about it. */
import { nextConnections, openByCity, steadyConnections } from './connections.ts';
import { drawArrivals } from './demand.ts';
import { leastRtt, meanRttMs } from './linear-program.ts';
import { type Matrix, matrixOf } from './matrix.ts';
import { type Scenario, scenarioSeconds } from './scenarios.ts';
import { baseRttMs, cities, declaredConnections } from './world.ts';

/** Before anything is measured: estimators and connections settle. */
export const warmUpSeconds = 600;

export interface Moment {
  readonly second: number;
  readonly arrivals: readonly number[];
  readonly isUp: readonly boolean[];
  /** By site: what it can really carry, concurrent connections; 0 while it is down. */
  readonly capacity: readonly number[];
  readonly rttMs: Matrix;
  readonly optimumRttMs: number;
}

export interface Course {
  readonly scenario: Scenario;
  readonly seed: number;
  /** One a second, from the start of the warm-up. */
  readonly moments: readonly Moment[];
}

/** The optimum moves slowly between faults. */
const optimumEverySeconds = 10;
const toItself: Matrix = matrixOf((city, site) => (city === site ? 1 : 0));

export function createCourse(scenario: Scenario, seed: number): Course {
  const arrivals = drawArrivals(scenario, seed, -warmUpSeconds, scenarioSeconds);
  // How many of a city's connections are open does not depend on where they are: they break and come back at once.
  let connections = steadyConnections(arrivals[0] ?? [], toItself);
  let optimumRttMs = 0;
  let known = '';
  const moments = arrivals.map((newOnes, index): Moment => {
    const second = index - warmUpSeconds;
    const isUp = cities.map((_, site) => scenario.isUp(site, second));
    const capacity = declaredConnections.map((declared, site) =>
      isUp[site] === true ? declared * scenario.capacityFactor(site, second) : 0,
    );
    const rttMs = matrixOf((city, site) => rttAt(scenario, city, site, second));
    connections = nextConnections(connections, {
      arrivals: newOnes,
      split: toItself,
      isUp: cities.map(() => true),
    }).connections;
    const faults = JSON.stringify([capacity, rttMs]);
    if (second >= 0 && (second % optimumEverySeconds === 0 || faults !== known)) {
      optimumRttMs = meanRttMs(leastRtt({ demand: openByCity(connections), capacity, rttMs }), rttMs);
    }
    known = faults;
    return { second, arrivals: newOnes, isUp, capacity, rttMs, optimumRttMs };
  });
  return { scenario, seed, moments };
}

function rttAt(scenario: Scenario, city: number, site: number, second: number): number {
  return (baseRttMs[city]?.[site] ?? 0) + scenario.extraRttMs(city, site, second);
}
