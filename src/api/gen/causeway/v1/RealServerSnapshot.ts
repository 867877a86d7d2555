// Original file: proto/causeway/v1/types.proto

import type { RealServerService as _causeway_v1_RealServerService, RealServerService__Output as _causeway_v1_RealServerService__Output } from '../../causeway/v1/RealServerService.ts';
import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from '../../causeway/v1/SnapshotDirector.ts';
import type { VipPort as _causeway_v1_VipPort, VipPort__Output as _causeway_v1_VipPort__Output } from '../../causeway/v1/VipPort.ts';
import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from '../../causeway/v1/ProbeKey.ts';
import type { Collector as _causeway_v1_Collector, Collector__Output as _causeway_v1_Collector__Output } from '../../causeway/v1/Collector.ts';

export interface RealServerSnapshot {
  'tunnel'?: (string);
  'services'?: (_causeway_v1_RealServerService)[];
  'directors'?: (_causeway_v1_SnapshotDirector)[];
  'alsoTunnels'?: (string)[];
  'alsoPorts'?: (_causeway_v1_VipPort)[];
  'keys'?: (_causeway_v1_ProbeKey)[];
  'guePorts'?: (number)[];
  'collectors'?: (_causeway_v1_Collector)[];
}

export interface RealServerSnapshot__Output {
  'tunnel': (string);
  'services': (_causeway_v1_RealServerService__Output)[];
  'directors': (_causeway_v1_SnapshotDirector__Output)[];
  'alsoTunnels': (string)[];
  'alsoPorts': (_causeway_v1_VipPort__Output)[];
  'keys': (_causeway_v1_ProbeKey__Output)[];
  'guePorts': (number)[];
  'collectors': (_causeway_v1_Collector__Output)[];
}
