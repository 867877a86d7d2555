/**
 * Node for a program of ours as it is written, to be followed by it. Node takes the types off by WebAssembly, and while V8 13.6 compiles that anew
 * as it runs, its register of code pages now and then ends the process (nodejs/node issue 64500), with "Check failed" or by a signal: seen in
 * one of ten runs of all tests. Short programs are also quicker without.
 */
export const typescriptNode: readonly string[] = [
  process.execPath,
  '--no-wasm-dynamic-tiering',
  '--no-wasm-tier-up',
];
