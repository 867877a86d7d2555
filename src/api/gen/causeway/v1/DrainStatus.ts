// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface DrainStatus {
  'service'?: (string);
  'realServer'?: (string);
  'state'?: (string);
  'connections'?: (number | string | Long);
  'director'?: (string);
}

export interface DrainStatus__Output {
  'service': (string);
  'realServer': (string);
  'state': (string);
  'connections': (number);
  'director': (string);
}
