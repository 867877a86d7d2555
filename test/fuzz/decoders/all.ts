/** Everything that reads what comes from outside of its program. */
import type { Decoder } from '../fuzz.ts';
import { besideDecoders } from './beside.ts';
import { kernelDecoders } from './kernel.ts';
import { probeDecoders } from './probe.ts';
import { stateDecoders } from './state.ts';
import { textDecoders } from './text.ts';
import { wireDecoders } from './wire.ts';

export const decoders: readonly Decoder[] = [
  ...kernelDecoders,
  ...probeDecoders,
  ...wireDecoders,
  ...stateDecoders,
  ...besideDecoders,
  ...textDecoders,
];
