// Original file: proto/causeway/v1/types.proto

import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from '../../causeway/v1/ServicePort.ts';
import type { SnapshotDestination as _causeway_v1_SnapshotDestination, SnapshotDestination__Output as _causeway_v1_SnapshotDestination__Output } from '../../causeway/v1/SnapshotDestination.ts';
import type { ServiceTuning as _causeway_v1_ServiceTuning, ServiceTuning__Output as _causeway_v1_ServiceTuning__Output } from '../../causeway/v1/ServiceTuning.ts';

export interface DirectorService {
  'name'?: (string);
  'vips'?: (string)[];
  'ports'?: (_causeway_v1_ServicePort)[];
  'scheduler'?: (string);
  'persistenceSeconds'?: (number);
  'destinations'?: (_causeway_v1_SnapshotDestination)[];
  'drainSeconds'?: (number);
  'withdrawn'?: (boolean);
  'tuning'?: (_causeway_v1_ServiceTuning | null);
  'askedPort'?: (number);
  'networks'?: (string)[];
}

export interface DirectorService__Output {
  'name': (string);
  'vips': (string)[];
  'ports': (_causeway_v1_ServicePort__Output)[];
  'scheduler': (string);
  'persistenceSeconds': (number);
  'destinations': (_causeway_v1_SnapshotDestination__Output)[];
  'drainSeconds': (number);
  'withdrawn': (boolean);
  'tuning': (_causeway_v1_ServiceTuning__Output | null);
  'askedPort': (number);
  'networks': (string)[];
}
