/** The policies of the table, in its order. */
import type { PolicyKind } from '../policy.ts';
import { latencyPolicy } from './latency.ts';
import { linearProgramPolicy } from './linear-program.ts';
import { optimalPolicy } from './optimal.ts';
import { priorityPolicy } from './priority.ts';
import { staticPolicy } from './static.ts';
import { measuredWaterfallPolicy, waterfallPolicy } from './waterfall.ts';

export const policies: readonly PolicyKind[] = [
  staticPolicy,
  latencyPolicy,
  priorityPolicy,
  waterfallPolicy,
  measuredWaterfallPolicy,
  linearProgramPolicy,
  optimalPolicy,
];
