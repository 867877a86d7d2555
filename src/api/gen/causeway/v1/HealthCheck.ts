// Original file: proto/causeway/v1/types.proto


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
}
