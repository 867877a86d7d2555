/** Which names there may be: they go into store keys, files, metrics, certificates and command lines. */

export const namePattern = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
export const nameExpected =
  'a name of small letters, digits, "-" and ".", that begins and ends with a letter or digit (at most 253 characters)';
