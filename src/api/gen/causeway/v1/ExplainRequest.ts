// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface ExplainRequest {
  'service'?: (string);
  'from'?: (string);
  'realServer'?: (string);
  'changedSinceMs'?: (number | string | Long);
  '_changedSinceMs'?: "changedSinceMs";
}

export interface ExplainRequest__Output {
  'service': (string);
  'from': (string);
  'realServer': (string);
  'changedSinceMs'?: (number);
  '_changedSinceMs'?: "changedSinceMs";
}
