// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface DestinationReport {
  'service'?: (string);
  'realServer'?: (string);
  'weight'?: (number);
  'activeConnections'?: (number);
  'connections'?: (number | string | Long);
  'bytesIn'?: (number | string | Long);
  'countedSinceMs'?: (number | string | Long);
  'verdict'?: (string);
  'unchecked'?: (boolean);
}

export interface DestinationReport__Output {
  'service': (string);
  'realServer': (string);
  'weight': (number);
  'activeConnections': (number);
  'connections': (number);
  'bytesIn': (number);
  'countedSinceMs': (number);
  'verdict': (string);
  'unchecked': (boolean);
}
