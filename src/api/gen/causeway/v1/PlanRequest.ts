// Original file: proto/causeway/v1/admin.proto

import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';
import type { DeleteRequest as _causeway_v1_DeleteRequest, DeleteRequest__Output as _causeway_v1_DeleteRequest__Output } from '../../causeway/v1/DeleteRequest.ts';
import type { Long } from '@grpc/proto-loader';

export interface PlanRequest {
  'resources'?: (_causeway_v1_Resource)[];
  'strict'?: (boolean);
  'removals'?: (_causeway_v1_DeleteRequest)[];
  'rollbackTo'?: (number | string | Long);
  '_rollbackTo'?: "rollbackTo";
}

export interface PlanRequest__Output {
  'resources': (_causeway_v1_Resource__Output)[];
  'strict': (boolean);
  'removals': (_causeway_v1_DeleteRequest__Output)[];
  'rollbackTo'?: (number);
  '_rollbackTo'?: "rollbackTo";
}
