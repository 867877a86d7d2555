// Original file: proto/causeway/v1/admin.proto

import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';
import type { ChangeTerms as _causeway_v1_ChangeTerms, ChangeTerms__Output as _causeway_v1_ChangeTerms__Output } from '../../causeway/v1/ChangeTerms.ts';

export interface ApplyRequest {
  'resources'?: (_causeway_v1_Resource)[];
  'force'?: (boolean);
  'strict'?: (boolean);
  'terms'?: (_causeway_v1_ChangeTerms | null);
}

export interface ApplyRequest__Output {
  'resources': (_causeway_v1_Resource__Output)[];
  'force': (boolean);
  'strict': (boolean);
  'terms': (_causeway_v1_ChangeTerms__Output | null);
}
