// Original file: proto/causeway/v1/admin.proto

import type { ChangeTerms as _causeway_v1_ChangeTerms, ChangeTerms__Output as _causeway_v1_ChangeTerms__Output } from '../../causeway/v1/ChangeTerms.ts';
import type { Long } from '@grpc/proto-loader';

export interface RollbackRequest {
  'to'?: (number | string | Long);
  'force'?: (boolean);
  'terms'?: (_causeway_v1_ChangeTerms | null);
}

export interface RollbackRequest__Output {
  'to': (number);
  'force': (boolean);
  'terms': (_causeway_v1_ChangeTerms__Output | null);
}
