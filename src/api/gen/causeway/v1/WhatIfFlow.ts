// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface WhatIfFlow {
  'service'?: (string);
  'from'?: (string);
  'to'?: (string);
  'beforeMilli'?: (number | string | Long);
  'afterMilli'?: (number | string | Long);
}

export interface WhatIfFlow__Output {
  'service': (string);
  'from': (string);
  'to': (string);
  'beforeMilli': (number);
  'afterMilli': (number);
}
