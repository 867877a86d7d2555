// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface DeleteResponse {
  'revision'?: (number | string | Long);
  'number'?: (number | string | Long);
  'outcomes'?: (string)[];
}

export interface DeleteResponse__Output {
  'revision': (number);
  'number': (number);
  'outcomes': (string)[];
}
