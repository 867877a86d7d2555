// Original file: proto/causeway/v1/types.proto

import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from '../../causeway/v1/ServicePort.ts';
import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from '../../causeway/v1/HealthCheck.ts';

export interface ServiceSpec {
  'vips'?: (string)[];
  'ports'?: (_causeway_v1_ServicePort)[];
  'selector'?: ({[key: string]: string});
  'scheduler'?: (string);
  'forwarding'?: (string);
  'persistenceSeconds'?: (number);
  'placement'?: (string);
  'health'?: (_causeway_v1_HealthCheck | null);
  'sites'?: (string)[];
  'slowStartSeconds'?: (number);
  'failOpen'?: (boolean);
  'drainSeconds'?: (number);
  '_slowStartSeconds'?: "slowStartSeconds";
  '_drainSeconds'?: "drainSeconds";
}

export interface ServiceSpec__Output {
  'vips': (string)[];
  'ports': (_causeway_v1_ServicePort__Output)[];
  'selector': ({[key: string]: string});
  'scheduler': (string);
  'forwarding': (string);
  'persistenceSeconds': (number);
  'placement': (string);
  'health': (_causeway_v1_HealthCheck__Output | null);
  'sites': (string)[];
  'slowStartSeconds'?: (number);
  'failOpen': (boolean);
  'drainSeconds'?: (number);
  '_slowStartSeconds'?: "slowStartSeconds";
  '_drainSeconds'?: "drainSeconds";
}
