// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface Asked {
  'subject'?: (string);
  'name'?: (string);
  'revision'?: (number | string | Long);
}

export interface Asked__Output {
  'subject': (string);
  'name': (string);
  'revision': (number);
}
