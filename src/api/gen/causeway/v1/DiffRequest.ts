// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface DiffRequest {
  'from'?: (number | string | Long);
  'to'?: (number | string | Long);
  '_from'?: "from";
  '_to'?: "to";
}

export interface DiffRequest__Output {
  'from'?: (number);
  'to'?: (number);
  '_from'?: "from";
  '_to'?: "to";
}
