/** Which names and labels there may be: they go into store keys, files, metrics and command lines. */

export { nameExpected, namePattern } from '../domain/name.ts';

export const labelKeyPattern = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
export const labelValuePattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const labelKeyExpected =
  'a label of letters, digits, "-", "_", "." and "/", that begins and ends with a letter or digit (at most 63 characters)';
export const labelValueExpected =
  'text of letters, digits, "-", "_" and ".", that begins and ends with a letter or digit (at most 63 characters; numbers in quotes)';
