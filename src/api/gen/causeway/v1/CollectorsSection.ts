// Original file: proto/causeway/v1/types.proto

import type { Collector as _causeway_v1_Collector, Collector__Output as _causeway_v1_Collector__Output } from '../../causeway/v1/Collector.ts';

export interface CollectorsSection {
  'collectors'?: (_causeway_v1_Collector)[];
}

export interface CollectorsSection__Output {
  'collectors': (_causeway_v1_Collector__Output)[];
}
