// Original file: proto/causeway/v1/types.proto

import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from '../../causeway/v1/ServicePort.ts';
import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from '../../causeway/v1/HealthCheck.ts';
import type { ServiceTuning as _causeway_v1_ServiceTuning, ServiceTuning__Output as _causeway_v1_ServiceTuning__Output } from '../../causeway/v1/ServiceTuning.ts';

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
  'tuning'?: (_causeway_v1_ServiceTuning | null);
  'requireReturnPath'?: (boolean);
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
  'tuning': (_causeway_v1_ServiceTuning__Output | null);
  'requireReturnPath': (boolean);
  '_slowStartSeconds'?: "slowStartSeconds";
  '_drainSeconds'?: "drainSeconds";
}
