/** In the executable's place of the folder `proto`: what was in it is inside (`embedded-protos.ts`), and found by file names alone. */
export function ownProtoFolder(): string {
  return '/';
}
