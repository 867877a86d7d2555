// Original file: proto/causeway/v1/types.proto

import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from '../../causeway/v1/ServicePort.ts';
import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from '../../causeway/v1/HealthCheck.ts';

export interface RealServerService {
  'name'?: (string);
  'vips'?: (string)[];
  'ports'?: (_causeway_v1_ServicePort)[];
  'health'?: (_causeway_v1_HealthCheck | null);
  'networks'?: (string)[];
}

export interface RealServerService__Output {
  'name': (string);
  'vips': (string)[];
  'ports': (_causeway_v1_ServicePort__Output)[];
  'health': (_causeway_v1_HealthCheck__Output | null);
  'networks': (string)[];
}
