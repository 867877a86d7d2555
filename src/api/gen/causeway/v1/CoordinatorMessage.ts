// Original file: proto/causeway/v1/agents.proto

import type { Snapshot as _causeway_v1_Snapshot, Snapshot__Output as _causeway_v1_Snapshot__Output } from '../../causeway/v1/Snapshot.ts';

export interface CoordinatorMessage {
  'snapshot'?: (_causeway_v1_Snapshot | null);
  'message'?: "snapshot";
}

export interface CoordinatorMessage__Output {
  'snapshot'?: (_causeway_v1_Snapshot__Output | null);
  'message'?: "snapshot";
}
