// Original file: proto/causeway/v1/admin.proto

import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';

export interface ApplyRequest {
  'resources'?: (_causeway_v1_Resource)[];
  'force'?: (boolean);
  'strict'?: (boolean);
}

export interface ApplyRequest__Output {
  'resources': (_causeway_v1_Resource__Output)[];
  'force': (boolean);
  'strict': (boolean);
}
