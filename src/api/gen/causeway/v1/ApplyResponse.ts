// Original file: proto/causeway/v1/admin.proto

import type { Problem as _causeway_v1_Problem, Problem__Output as _causeway_v1_Problem__Output } from '../../causeway/v1/Problem.ts';
import type { Long } from '@grpc/proto-loader';

export interface ApplyResponse {
  'problems'?: (_causeway_v1_Problem)[];
  'revision'?: (number | string | Long);
  'outcomes'?: (string)[];
  'warnings'?: (_causeway_v1_Problem)[];
  'number'?: (number | string | Long);
}

export interface ApplyResponse__Output {
  'problems': (_causeway_v1_Problem__Output)[];
  'revision': (number);
  'outcomes': (string)[];
  'warnings': (_causeway_v1_Problem__Output)[];
  'number': (number);
}
