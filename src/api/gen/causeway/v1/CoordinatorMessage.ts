// Original file: proto/causeway/v1/agents.proto

import type { Snapshot as _causeway_v1_Snapshot, Snapshot__Output as _causeway_v1_Snapshot__Output } from '../../causeway/v1/Snapshot.ts';
import type { Welcome as _causeway_v1_Welcome, Welcome__Output as _causeway_v1_Welcome__Output } from '../../causeway/v1/Welcome.ts';
import type { SnapshotDelta as _causeway_v1_SnapshotDelta, SnapshotDelta__Output as _causeway_v1_SnapshotDelta__Output } from '../../causeway/v1/SnapshotDelta.ts';
import type { WholeReport as _causeway_v1_WholeReport, WholeReport__Output as _causeway_v1_WholeReport__Output } from '../../causeway/v1/WholeReport.ts';

export interface CoordinatorMessage {
  'snapshot'?: (_causeway_v1_Snapshot | null);
  'welcome'?: (_causeway_v1_Welcome | null);
  'delta'?: (_causeway_v1_SnapshotDelta | null);
  'wholeReport'?: (_causeway_v1_WholeReport | null);
  'message'?: "snapshot"|"welcome"|"delta"|"wholeReport";
}

export interface CoordinatorMessage__Output {
  'snapshot'?: (_causeway_v1_Snapshot__Output | null);
  'welcome'?: (_causeway_v1_Welcome__Output | null);
  'delta'?: (_causeway_v1_SnapshotDelta__Output | null);
  'wholeReport'?: (_causeway_v1_WholeReport__Output | null);
  'message'?: "snapshot"|"welcome"|"delta"|"wholeReport";
}
