// Original file: proto/causeway/v1/types.proto

import type { SnapshotRealServer as _causeway_v1_SnapshotRealServer, SnapshotRealServer__Output as _causeway_v1_SnapshotRealServer__Output } from '../../causeway/v1/SnapshotRealServer.ts';

export interface ServersOfSite {
  'site'?: (string);
  'servers'?: (_causeway_v1_SnapshotRealServer)[];
}

export interface ServersOfSite__Output {
  'site': (string);
  'servers': (_causeway_v1_SnapshotRealServer__Output)[];
}
