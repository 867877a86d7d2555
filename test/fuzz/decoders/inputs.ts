/** Bytes of inputs, and of what they are made of. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CausewayError } from '../../../src/domain/error.ts';

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

export function utf8(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value));
}

/** Of the repository. */
export function file(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../${path}`, import.meta.url)));
}

/** The same ones each time. */
export function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { seed: 13, numRuns });
}

/** For a decoder that says by its result what is wrong. */
export const never = (): boolean => false;

/** The input is wrong, or of another version; and nothing of ours is. */
export function isRefused(error: unknown): boolean {
  return error instanceof CausewayError && error.code !== 'internal';
}
