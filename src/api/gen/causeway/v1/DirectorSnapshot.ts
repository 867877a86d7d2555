// Original file: proto/causeway/v1/types.proto

import type { DirectorService as _causeway_v1_DirectorService, DirectorService__Output as _causeway_v1_DirectorService__Output } from '../../causeway/v1/DirectorService.ts';
import type { SnapshotRealServer as _causeway_v1_SnapshotRealServer, SnapshotRealServer__Output as _causeway_v1_SnapshotRealServer__Output } from '../../causeway/v1/SnapshotRealServer.ts';
import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from '../../causeway/v1/ProbeKey.ts';
import type { IpvsSettings as _causeway_v1_IpvsSettings, IpvsSettings__Output as _causeway_v1_IpvsSettings__Output } from '../../causeway/v1/IpvsSettings.ts';

export interface DirectorSnapshot {
  'services'?: (_causeway_v1_DirectorService)[];
  'realServers'?: (_causeway_v1_SnapshotRealServer)[];
  'keys'?: (_causeway_v1_ProbeKey)[];
  'ipvs'?: (_causeway_v1_IpvsSettings | null);
  'collecting'?: (_causeway_v1_ProbeKey)[];
  'announce'?: (string);
}

export interface DirectorSnapshot__Output {
  'services': (_causeway_v1_DirectorService__Output)[];
  'realServers': (_causeway_v1_SnapshotRealServer__Output)[];
  'keys': (_causeway_v1_ProbeKey__Output)[];
  'ipvs': (_causeway_v1_IpvsSettings__Output | null);
  'collecting': (_causeway_v1_ProbeKey__Output)[];
  'announce': (string);
}
