// Original file: proto/causeway/v1/types.proto

import type { Gue as _causeway_v1_Gue, Gue__Output as _causeway_v1_Gue__Output } from '../../causeway/v1/Gue.ts';

export interface SiteSpec {
  'tunnel'?: (string);
  'gue'?: (_causeway_v1_Gue | null);
  'announce'?: (string);
}

export interface SiteSpec__Output {
  'tunnel': (string);
  'gue': (_causeway_v1_Gue__Output | null);
  'announce': (string);
}
