// Original file: proto/causeway/v1/types.proto

import type { SchedulerFlags as _causeway_v1_SchedulerFlags, SchedulerFlags__Output as _causeway_v1_SchedulerFlags__Output } from '../../causeway/v1/SchedulerFlags.ts';
import type { PersistencePrefix as _causeway_v1_PersistencePrefix, PersistencePrefix__Output as _causeway_v1_PersistencePrefix__Output } from '../../causeway/v1/PersistencePrefix.ts';
import type { Thresholds as _causeway_v1_Thresholds, Thresholds__Output as _causeway_v1_Thresholds__Output } from '../../causeway/v1/Thresholds.ts';

export interface ServiceTuning {
  'schedulerFlags'?: (_causeway_v1_SchedulerFlags | null);
  'persistencePrefix'?: (_causeway_v1_PersistencePrefix | null);
  'onePacket'?: (boolean);
  'thresholds'?: (_causeway_v1_Thresholds | null);
}

export interface ServiceTuning__Output {
  'schedulerFlags': (_causeway_v1_SchedulerFlags__Output | null);
  'persistencePrefix': (_causeway_v1_PersistencePrefix__Output | null);
  'onePacket': (boolean);
  'thresholds': (_causeway_v1_Thresholds__Output | null);
}
