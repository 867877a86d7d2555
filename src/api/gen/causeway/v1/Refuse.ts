// Original file: proto/causeway/v1/agents.proto

import type { Long } from '@grpc/proto-loader';

export interface Refuse {
  'version'?: (number | string | Long);
  'reason'?: (string);
  'unknownBase'?: (boolean);
}

export interface Refuse__Output {
  'version': (number);
  'reason': (string);
  'unknownBase': (boolean);
}
