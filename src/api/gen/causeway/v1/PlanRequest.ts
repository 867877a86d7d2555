// Original file: proto/causeway/v1/admin.proto

import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';

export interface PlanRequest {
  'resources'?: (_causeway_v1_Resource)[];
}

export interface PlanRequest__Output {
  'resources': (_causeway_v1_Resource__Output)[];
}
