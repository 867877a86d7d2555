// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface PathReport {
  'realServer'?: (string);
  'state'?: (string);
  'sinceMs'?: (number | string | Long);
  'rttP50Us'?: (number);
  'rttP90Us'?: (number);
  'loss'?: (number | string);
  'answered'?: (number);
  'agent'?: (string);
  'knock'?: (string);
  'lostVips'?: (string)[];
  'mtuBytes'?: (number);
}

export interface PathReport__Output {
  'realServer': (string);
  'state': (string);
  'sinceMs': (number);
  'rttP50Us': (number);
  'rttP90Us': (number);
  'loss': (number);
  'answered': (number);
  'agent': (string);
  'knock': (string);
  'lostVips': (string)[];
  'mtuBytes': (number);
}
