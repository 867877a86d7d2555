// Original file: proto/causeway/v1/types.proto

import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from '../../causeway/v1/ProbeKey.ts';

export interface CollectingSection {
  'keys'?: (_causeway_v1_ProbeKey)[];
}

export interface CollectingSection__Output {
  'keys': (_causeway_v1_ProbeKey__Output)[];
}
