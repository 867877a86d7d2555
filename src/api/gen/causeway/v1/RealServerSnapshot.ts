// Original file: proto/causeway/v1/types.proto

import type { RealServerService as _causeway_v1_RealServerService, RealServerService__Output as _causeway_v1_RealServerService__Output } from '../../causeway/v1/RealServerService.ts';
import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from '../../causeway/v1/SnapshotDirector.ts';
import type { VipPort as _causeway_v1_VipPort, VipPort__Output as _causeway_v1_VipPort__Output } from '../../causeway/v1/VipPort.ts';

export interface RealServerSnapshot {
  'tunnel'?: (string);
  'services'?: (_causeway_v1_RealServerService)[];
  'directors'?: (_causeway_v1_SnapshotDirector)[];
  'alsoTunnels'?: (string)[];
  'alsoPorts'?: (_causeway_v1_VipPort)[];
}

export interface RealServerSnapshot__Output {
  'tunnel': (string);
  'services': (_causeway_v1_RealServerService__Output)[];
  'directors': (_causeway_v1_SnapshotDirector__Output)[];
  'alsoTunnels': (string)[];
  'alsoPorts': (_causeway_v1_VipPort__Output)[];
}
