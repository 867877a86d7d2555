// Original file: proto/causeway/v1/admin.proto

import type { Revision as _causeway_v1_Revision, Revision__Output as _causeway_v1_Revision__Output } from '../../causeway/v1/Revision.ts';
import type { Long } from '@grpc/proto-loader';

export interface HistoryResponse {
  'revisions'?: (_causeway_v1_Revision)[];
  'oldest'?: (number | string | Long);
  'newest'?: (number | string | Long);
}

export interface HistoryResponse__Output {
  'revisions': (_causeway_v1_Revision__Output)[];
  'oldest': (number);
  'newest': (number);
}
