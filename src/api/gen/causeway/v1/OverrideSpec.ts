// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface OverrideSpec {
  'kind'?: (string);
  'site'?: (string);
  'realServer'?: (string);
  'services'?: (string)[];
  'owner'?: (string);
  'reason'?: (string);
  'expiresAtMs'?: (number | string | Long);
  'sharePermille'?: (number);
  'connections'?: (number);
  'biasMs'?: (number);
  'lastsMs'?: (number | string | Long);
  'director'?: (string);
  'subject'?: "site"|"realServer"|"director";
  'figure'?: "sharePermille"|"connections"|"biasMs";
}

export interface OverrideSpec__Output {
  'kind': (string);
  'site'?: (string);
  'realServer'?: (string);
  'services': (string)[];
  'owner': (string);
  'reason': (string);
  'expiresAtMs': (number);
  'sharePermille'?: (number);
  'connections'?: (number);
  'biasMs'?: (number);
  'lastsMs': (number);
  'director'?: (string);
  'subject'?: "site"|"realServer"|"director";
  'figure'?: "sharePermille"|"connections"|"biasMs";
}
