// Original file: proto/causeway/v1/types.proto

import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from '../../causeway/v1/HealthCheck.ts';

export interface PortCheck {
  'port'?: (number);
  'protocol'?: (string);
  'check'?: (_causeway_v1_HealthCheck | null);
}

export interface PortCheck__Output {
  'port': (number);
  'protocol': (string);
  'check': (_causeway_v1_HealthCheck__Output | null);
}
