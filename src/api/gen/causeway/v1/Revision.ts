// Original file: proto/causeway/v1/admin.proto

import type { TouchedResource as _causeway_v1_TouchedResource, TouchedResource__Output as _causeway_v1_TouchedResource__Output } from '../../causeway/v1/TouchedResource.ts';
import type { Long } from '@grpc/proto-loader';

export interface Revision {
  'number'?: (number | string | Long);
  'atMs'?: (number | string | Long);
  'author'?: (string);
  'authorTold'?: (boolean);
  'action'?: (string);
  'message'?: (string);
  'rolledBackTo'?: (number | string | Long);
  'forced'?: (boolean);
  'beyondLimit'?: (boolean);
  'state'?: (string);
  'touched'?: (_causeway_v1_TouchedResource)[];
  'touchedCount'?: (number);
  '_rolledBackTo'?: "rolledBackTo";
}

export interface Revision__Output {
  'number': (number);
  'atMs': (number);
  'author': (string);
  'authorTold': (boolean);
  'action': (string);
  'message': (string);
  'rolledBackTo'?: (number);
  'forced': (boolean);
  'beyondLimit': (boolean);
  'state': (string);
  'touched': (_causeway_v1_TouchedResource__Output)[];
  'touchedCount': (number);
  '_rolledBackTo'?: "rolledBackTo";
}
