// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface ApplicationReport {
  'service'?: (string);
  'verdict'?: (string);
  'sinceMs'?: (number | string | Long);
  'reason'?: (string);
}

export interface ApplicationReport__Output {
  'service': (string);
  'verdict': (string);
  'sinceMs': (number);
  'reason': (string);
}
