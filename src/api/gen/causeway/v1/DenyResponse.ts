// Original file: proto/causeway/v1/admin.proto

import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from '../../causeway/v1/Denial.ts';

export interface DenyResponse {
  'outcomes'?: (string)[];
  'denials'?: (_causeway_v1_Denial)[];
}

export interface DenyResponse__Output {
  'outcomes': (string)[];
  'denials': (_causeway_v1_Denial__Output)[];
}
