// Original file: proto/causeway/v1/agents.proto

import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'capabilities'?: (string)[];
  'epoch'?: (number | string | Long);
  'coordinators'?: (string)[];
}

export interface Welcome__Output {
  'capabilities': (string)[];
  'epoch': (number);
  'coordinators': (string)[];
}
