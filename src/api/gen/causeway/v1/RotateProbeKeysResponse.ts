// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface RotateProbeKeysResponse {
  'begun'?: (boolean);
  'epoch'?: (number);
  'usedFromMs'?: (number | string | Long);
}

export interface RotateProbeKeysResponse__Output {
  'begun': (boolean);
  'epoch': (number);
  'usedFromMs': (number);
}
