// Original file: proto/causeway/v1/types.proto

import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from '../../causeway/v1/Denial.ts';

export interface DeniedCertificates {
  'denied'?: (_causeway_v1_Denial)[];
}

export interface DeniedCertificates__Output {
  'denied': (_causeway_v1_Denial__Output)[];
}
