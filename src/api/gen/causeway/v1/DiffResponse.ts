// Original file: proto/causeway/v1/admin.proto

import type { ResourceChange as _causeway_v1_ResourceChange, ResourceChange__Output as _causeway_v1_ResourceChange__Output } from '../../causeway/v1/ResourceChange.ts';

export interface DiffResponse {
  'changes'?: (_causeway_v1_ResourceChange)[];
}

export interface DiffResponse__Output {
  'changes': (_causeway_v1_ResourceChange__Output)[];
}
