// Original file: proto/causeway/v1/types.proto

import type { SnapshotRealServer as _causeway_v1_SnapshotRealServer, SnapshotRealServer__Output as _causeway_v1_SnapshotRealServer__Output } from '../../causeway/v1/SnapshotRealServer.ts';
import type { SnapshotDestination as _causeway_v1_SnapshotDestination, SnapshotDestination__Output as _causeway_v1_SnapshotDestination__Output } from '../../causeway/v1/SnapshotDestination.ts';
import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from '../../causeway/v1/SnapshotDirector.ts';
import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from '../../causeway/v1/ProbeKey.ts';

export interface Splice {
  'at'?: (number);
  'remove'?: (number);
  'servers'?: (_causeway_v1_SnapshotRealServer)[];
  'destinations'?: (_causeway_v1_SnapshotDestination)[];
  'directors'?: (_causeway_v1_SnapshotDirector)[];
  'keys'?: (_causeway_v1_ProbeKey)[];
}

export interface Splice__Output {
  'at': (number);
  'remove': (number);
  'servers': (_causeway_v1_SnapshotRealServer__Output)[];
  'destinations': (_causeway_v1_SnapshotDestination__Output)[];
  'directors': (_causeway_v1_SnapshotDirector__Output)[];
  'keys': (_causeway_v1_ProbeKey__Output)[];
}
