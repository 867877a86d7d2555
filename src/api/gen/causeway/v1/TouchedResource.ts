// Original file: proto/causeway/v1/admin.proto

import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from '../../causeway/v1/ResourceId.ts';

export interface TouchedResource {
  'id'?: (_causeway_v1_ResourceId | null);
  'outcome'?: (string);
}

export interface TouchedResource__Output {
  'id': (_causeway_v1_ResourceId__Output | null);
  'outcome': (string);
}
