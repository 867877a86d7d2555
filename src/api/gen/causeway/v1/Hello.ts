// Original file: proto/causeway/v1/agents.proto

import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'role'?: (string);
  'name'?: (string);
  'site'?: (string);
  'address'?: (string);
  'prefixLength'?: (number);
  'labels'?: ({[key: string]: string});
  'capacity'?: (number);
  'appliedVersion'?: (number | string | Long);
  'appliedChecksum'?: (string);
  'programVersion'?: (string);
  'appliedRevision'?: (number | string | Long);
  'gateways'?: (string)[];
  'capabilities'?: (string)[];
  'appliedManifest'?: (string);
  'epoch'?: (number | string | Long);
  'otherAddresses'?: (string)[];
}

export interface Hello__Output {
  'role': (string);
  'name': (string);
  'site': (string);
  'address': (string);
  'prefixLength': (number);
  'labels': ({[key: string]: string});
  'capacity': (number);
  'appliedVersion': (number);
  'appliedChecksum': (string);
  'programVersion': (string);
  'appliedRevision': (number);
  'gateways': (string)[];
  'capabilities': (string)[];
  'appliedManifest': (string);
  'epoch': (number);
  'otherAddresses': (string)[];
}
