// Original file: proto/causeway/v1/admin.proto

import type { TouchedResource as _causeway_v1_TouchedResource, TouchedResource__Output as _causeway_v1_TouchedResource__Output } from '../../causeway/v1/TouchedResource.ts';
import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';

export interface ResourceChange {
  'touched'?: (_causeway_v1_TouchedResource | null);
  'before'?: (_causeway_v1_Resource | null);
  'after'?: (_causeway_v1_Resource | null);
  'beforeUnreadable'?: (boolean);
  'afterUnreadable'?: (boolean);
}

export interface ResourceChange__Output {
  'touched': (_causeway_v1_TouchedResource__Output | null);
  'before': (_causeway_v1_Resource__Output | null);
  'after': (_causeway_v1_Resource__Output | null);
  'beforeUnreadable': (boolean);
  'afterUnreadable': (boolean);
}
