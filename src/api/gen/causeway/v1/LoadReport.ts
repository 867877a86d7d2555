// Original file: proto/causeway/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface LoadReport {
  'connections'?: (number | string | Long);
  'connectionsUtil'?: (number | string);
  'cpuUtil'?: (number | string);
  'backlogUtil'?: (number | string);
  '_connections'?: "connections";
  '_connectionsUtil'?: "connectionsUtil";
  '_cpuUtil'?: "cpuUtil";
  '_backlogUtil'?: "backlogUtil";
}

export interface LoadReport__Output {
  'connections'?: (number);
  'connectionsUtil'?: (number);
  'cpuUtil'?: (number);
  'backlogUtil'?: (number);
  '_connections'?: "connections";
  '_connectionsUtil'?: "connectionsUtil";
  '_cpuUtil'?: "cpuUtil";
  '_backlogUtil'?: "backlogUtil";
}
