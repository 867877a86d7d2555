// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface SiteUse {
  'loadMilli'?: (number | string | Long);
  'capacityMilli'?: (number | string | Long);
}

export interface SiteUse__Output {
  'loadMilli': (number);
  'capacityMilli': (number);
}
