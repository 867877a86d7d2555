// Original file: proto/causeway/v1/types.proto

import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from '../../causeway/v1/SnapshotDirector.ts';

export interface DirectorsSection {
  'directors'?: (_causeway_v1_SnapshotDirector)[];
}

export interface DirectorsSection__Output {
  'directors': (_causeway_v1_SnapshotDirector__Output)[];
}
