// Original file: proto/causeway/v1/types.proto

import type { StatusRange as _causeway_v1_StatusRange, StatusRange__Output as _causeway_v1_StatusRange__Output } from '../../causeway/v1/StatusRange.ts';
import type { CheckTls as _causeway_v1_CheckTls, CheckTls__Output as _causeway_v1_CheckTls__Output } from '../../causeway/v1/CheckTls.ts';
import type { PortCheck as _causeway_v1_PortCheck, PortCheck__Output as _causeway_v1_PortCheck__Output } from '../../causeway/v1/PortCheck.ts';

export interface HealthCheck {
  'type'?: (string);
  'port'?: (number);
  'path'?: (string);
  'host'?: (string);
  'expectStatus'?: (number);
  'intervalMs'?: (number);
  'timeoutMs'?: (number);
  'fall'?: (number);
  'rise'?: (number);
  'expect'?: (_causeway_v1_StatusRange)[];
  'headers'?: ({[key: string]: string});
  'tls'?: (_causeway_v1_CheckTls | null);
  'grpcService'?: (string);
  'ports'?: (_causeway_v1_PortCheck)[];
}

export interface HealthCheck__Output {
  'type': (string);
  'port': (number);
  'path': (string);
  'host': (string);
  'expectStatus': (number);
  'intervalMs': (number);
  'timeoutMs': (number);
  'fall': (number);
  'rise': (number);
  'expect': (_causeway_v1_StatusRange__Output)[];
  'headers': ({[key: string]: string});
  'tls': (_causeway_v1_CheckTls__Output | null);
  'grpcService': (string);
  'ports': (_causeway_v1_PortCheck__Output)[];
}
