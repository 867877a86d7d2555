// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface CoordinatorPart {
  'coordinator'?: (string);
  'site'?: (string);
  'ageMs'?: (number | string | Long);
}

export interface CoordinatorPart__Output {
  'coordinator': (string);
  'site': (string);
  'ageMs': (number);
}
