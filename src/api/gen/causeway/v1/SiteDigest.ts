// Original file: proto/causeway/v1/peers.proto

import type { AgentDigest as _causeway_v1_AgentDigest, AgentDigest__Output as _causeway_v1_AgentDigest__Output } from '../../causeway/v1/AgentDigest.ts';
import type { RttSample as _causeway_v1_RttSample, RttSample__Output as _causeway_v1_RttSample__Output } from '../../causeway/v1/RttSample.ts';
import type { AgentName as _causeway_v1_AgentName, AgentName__Output as _causeway_v1_AgentName__Output } from '../../causeway/v1/AgentName.ts';
import type { ReturnPathReport as _causeway_v1_ReturnPathReport, ReturnPathReport__Output as _causeway_v1_ReturnPathReport__Output } from '../../causeway/v1/ReturnPathReport.ts';
import type { Long } from '@grpc/proto-loader';

export interface SiteDigest {
  'coordinator'?: (string);
  'site'?: (string);
  'takenAtMs'?: (number | string | Long);
  'agents'?: (_causeway_v1_AgentDigest)[];
  'rtt'?: (_causeway_v1_RttSample)[];
  'first'?: (boolean);
  'last'?: (boolean);
  'publishedRevision'?: (number | string | Long);
  'number'?: (number | string | Long);
  'base'?: (number | string | Long);
  'gone'?: (_causeway_v1_AgentName)[];
  'collected'?: (_causeway_v1_ReturnPathReport)[];
}

export interface SiteDigest__Output {
  'coordinator': (string);
  'site': (string);
  'takenAtMs': (number);
  'agents': (_causeway_v1_AgentDigest__Output)[];
  'rtt': (_causeway_v1_RttSample__Output)[];
  'first': (boolean);
  'last': (boolean);
  'publishedRevision': (number);
  'number': (number);
  'base': (number);
  'gone': (_causeway_v1_AgentName__Output)[];
  'collected': (_causeway_v1_ReturnPathReport__Output)[];
}
