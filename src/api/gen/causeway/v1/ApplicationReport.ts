// Original file: proto/causeway/v1/types.proto

import type { FailingEnd as _causeway_v1_FailingEnd, FailingEnd__Output as _causeway_v1_FailingEnd__Output } from '../../causeway/v1/FailingEnd.ts';
import type { Long } from '@grpc/proto-loader';

export interface ApplicationReport {
  'service'?: (string);
  'verdict'?: (string);
  'sinceMs'?: (number | string | Long);
  'reason'?: (string);
  'unchecked'?: (boolean);
  'failing'?: (_causeway_v1_FailingEnd)[];
  'failingCount'?: (number);
}

export interface ApplicationReport__Output {
  'service': (string);
  'verdict': (string);
  'sinceMs': (number);
  'reason': (string);
  'unchecked': (boolean);
  'failing': (_causeway_v1_FailingEnd__Output)[];
  'failingCount': (number);
}
