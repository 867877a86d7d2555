// Original file: proto/causeway/v1/types.proto

import type { VipPort as _causeway_v1_VipPort, VipPort__Output as _causeway_v1_VipPort__Output } from '../../causeway/v1/VipPort.ts';

export interface RealServerHost {
  'tunnel'?: (string);
  'alsoTunnels'?: (string)[];
  'alsoPorts'?: (_causeway_v1_VipPort)[];
  'guePorts'?: (number)[];
}

export interface RealServerHost__Output {
  'tunnel': (string);
  'alsoTunnels': (string)[];
  'alsoPorts': (_causeway_v1_VipPort__Output)[];
  'guePorts': (number)[];
}
