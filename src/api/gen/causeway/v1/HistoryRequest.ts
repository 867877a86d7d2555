// Original file: proto/causeway/v1/admin.proto

import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from '../../causeway/v1/ResourceId.ts';

export interface HistoryRequest {
  'limit'?: (number);
  'of'?: (_causeway_v1_ResourceId | null);
}

export interface HistoryRequest__Output {
  'limit': (number);
  'of': (_causeway_v1_ResourceId__Output | null);
}
