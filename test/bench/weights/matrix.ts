/** Tables of numbers by city and site. */
import { cityCount } from './world.ts';

/** By city, then site. */
export type Matrix = readonly (readonly number[])[];

export function matrixOf(value: (city: number, site: number) => number): number[][] {
  return Array.from({ length: cityCount }, (_, city) =>
    Array.from({ length: cityCount }, (_, site) => value(city, site)),
  );
}

export function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export function rowSums(matrix: Matrix): number[] {
  return matrix.map(sumOf);
}

export function columnSums(matrix: Matrix): number[] {
  const sums = new Array<number>(cityCount).fill(0);
  for (const row of matrix) for (const [site, value] of row.entries()) sums[site] = (sums[site] ?? 0) + value;
  return sums;
}

/** In proportion; nothing where all is 0. */
export function normalised(values: readonly number[]): number[] {
  const sum = sumOf(values);
  return values.map((value) => (sum > 0 ? value / sum : 0));
}
