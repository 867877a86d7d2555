// Original file: proto/causeway/v1/admin.proto

import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from '../../causeway/v1/Denial.ts';

export interface DenyRequest {
  'denials'?: (_causeway_v1_Denial)[];
}

export interface DenyRequest__Output {
  'denials': (_causeway_v1_Denial__Output)[];
}
