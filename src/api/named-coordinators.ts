/** The coordinators that there are, as the one that accepts an agent names them: in the headers of its stream. */
import { Metadata } from '@grpc/grpc-js';

const key = 'causeway-coordinators';
/** More of them help no agent. */
const addressesAtMost = 64;

export function naming(coordinators: readonly string[]): Metadata {
  const metadata = new Metadata();
  if (coordinators.length > 0) metadata.set(key, coordinators.slice(0, addressesAtMost).join(','));
  return metadata;
}

export function coordinatorsIn(metadata: Metadata): readonly string[] {
  const [named] = metadata.get(key);
  if (typeof named !== 'string') return [];
  return named
    .split(',')
    .filter((address) => address !== '')
    .slice(0, addressesAtMost);
}
