// Original file: proto/causeway/v1/admin.proto

import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListResponse {
  'resources'?: (_causeway_v1_Resource)[];
  'revision'?: (number | string | Long);
}

export interface ListResponse__Output {
  'resources': (_causeway_v1_Resource__Output)[];
  'revision': (number);
}
