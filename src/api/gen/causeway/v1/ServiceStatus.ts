// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface ServiceStatus {
  'name'?: (string);
  'vips'?: (string)[];
  'ports'?: (string)[];
  'realServers'?: (number);
  'healthy'?: (number);
  'withdrawnAt'?: (string)[];
  'unsupervised'?: (number);
  'partly'?: (number);
  'old'?: (number);
  'oldMs'?: (number | string | Long);
  'udpBytesV4'?: (number);
  'udpBytesV6'?: (number);
}

export interface ServiceStatus__Output {
  'name': (string);
  'vips': (string)[];
  'ports': (string)[];
  'realServers': (number);
  'healthy': (number);
  'withdrawnAt': (string)[];
  'unsupervised': (number);
  'partly': (number);
  'old': (number);
  'oldMs': (number);
  'udpBytesV4': (number);
  'udpBytesV6': (number);
}
