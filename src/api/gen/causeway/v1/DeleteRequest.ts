// Original file: proto/causeway/v1/admin.proto

import type { ChangeTerms as _causeway_v1_ChangeTerms, ChangeTerms__Output as _causeway_v1_ChangeTerms__Output } from '../../causeway/v1/ChangeTerms.ts';
import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from '../../causeway/v1/ResourceId.ts';

export interface DeleteRequest {
  'kind'?: (string);
  'name'?: (string);
  'force'?: (boolean);
  'terms'?: (_causeway_v1_ChangeTerms | null);
  'resources'?: (_causeway_v1_ResourceId)[];
  'absentAllowed'?: (boolean);
}

export interface DeleteRequest__Output {
  'kind': (string);
  'name': (string);
  'force': (boolean);
  'terms': (_causeway_v1_ChangeTerms__Output | null);
  'resources': (_causeway_v1_ResourceId__Output)[];
  'absentAllowed': (boolean);
}
