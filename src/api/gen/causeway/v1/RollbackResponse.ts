// Original file: proto/causeway/v1/admin.proto

import type { Problem as _causeway_v1_Problem, Problem__Output as _causeway_v1_Problem__Output } from '../../causeway/v1/Problem.ts';
import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from '../../causeway/v1/ResourceId.ts';
import type { Long } from '@grpc/proto-loader';

export interface RollbackResponse {
  'problems'?: (_causeway_v1_Problem)[];
  'warnings'?: (_causeway_v1_Problem)[];
  'revision'?: (number | string | Long);
  'number'?: (number | string | Long);
  'resources'?: (_causeway_v1_ResourceId)[];
  'outcomes'?: (string)[];
  'removals'?: (_causeway_v1_ResourceId)[];
  'leftAlone'?: (_causeway_v1_ResourceId)[];
}

export interface RollbackResponse__Output {
  'problems': (_causeway_v1_Problem__Output)[];
  'warnings': (_causeway_v1_Problem__Output)[];
  'revision': (number);
  'number': (number);
  'resources': (_causeway_v1_ResourceId__Output)[];
  'outcomes': (string)[];
  'removals': (_causeway_v1_ResourceId__Output)[];
  'leftAlone': (_causeway_v1_ResourceId__Output)[];
}
