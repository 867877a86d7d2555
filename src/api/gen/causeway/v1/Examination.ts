// Original file: proto/causeway/v1/types.proto

import type { Finding as _causeway_v1_Finding, Finding__Output as _causeway_v1_Finding__Output } from '../../causeway/v1/Finding.ts';
import type { Long } from '@grpc/proto-loader';

export interface Examination {
  'findings'?: (_causeway_v1_Finding)[];
  'well'?: (number);
  'sinceMs'?: (number | string | Long);
}

export interface Examination__Output {
  'findings': (_causeway_v1_Finding__Output)[];
  'well': (number);
  'sinceMs': (number);
}
