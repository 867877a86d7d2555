// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface UnsupervisedServer {
  'realServer'?: (string);
  'reason'?: (string);
  'sinceMs'?: (number | string | Long);
}

export interface UnsupervisedServer__Output {
  'realServer': (string);
  'reason': (string);
  'sinceMs': (number);
}
