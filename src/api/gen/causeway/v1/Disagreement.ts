// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface Disagreement {
  'service'?: (string);
  'site'?: (string);
  'directors'?: (string)[];
  'about'?: (string);
  'sinceMs'?: (number | string | Long);
  'detail'?: (string);
}

export interface Disagreement__Output {
  'service': (string);
  'site': (string);
  'directors': (string)[];
  'about': (string);
  'sinceMs': (number);
  'detail': (string);
}
