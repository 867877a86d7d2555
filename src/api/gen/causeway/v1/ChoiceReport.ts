// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface ChoiceReport {
  'service'?: (string);
  'content'?: (string);
  'order'?: (string);
  'sinceMs'?: (number | string | Long);
}

export interface ChoiceReport__Output {
  'service': (string);
  'content': (string);
  'order': (string);
  'sinceMs': (number);
}
