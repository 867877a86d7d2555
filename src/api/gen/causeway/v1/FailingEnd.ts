// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface FailingEnd {
  'vip'?: (string);
  'port'?: (number);
  'protocol'?: (string);
  'sinceMs'?: (number | string | Long);
  'reason'?: (string);
}

export interface FailingEnd__Output {
  'vip': (string);
  'port': (number);
  'protocol': (string);
  'sinceMs': (number);
  'reason': (string);
}
