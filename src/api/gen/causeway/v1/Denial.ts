// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface Denial {
  'subject'?: (string);
  'beforeMs'?: (number | string | Long);
  'endsMs'?: (number | string | Long);
  'signature'?: (string);
  'words'?: (string);
}

export interface Denial__Output {
  'subject': (string);
  'beforeMs': (number);
  'endsMs': (number);
  'signature': (string);
  'words': (string);
}
