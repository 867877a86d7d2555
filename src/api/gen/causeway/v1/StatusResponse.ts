// Original file: proto/causeway/v1/admin.proto

import type { AgentStatus as _causeway_v1_AgentStatus, AgentStatus__Output as _causeway_v1_AgentStatus__Output } from '../../causeway/v1/AgentStatus.ts';
import type { ServiceStatus as _causeway_v1_ServiceStatus, ServiceStatus__Output as _causeway_v1_ServiceStatus__Output } from '../../causeway/v1/ServiceStatus.ts';
import type { LatencyEntry as _causeway_v1_LatencyEntry, LatencyEntry__Output as _causeway_v1_LatencyEntry__Output } from '../../causeway/v1/LatencyEntry.ts';
import type { DrainStatus as _causeway_v1_DrainStatus, DrainStatus__Output as _causeway_v1_DrainStatus__Output } from '../../causeway/v1/DrainStatus.ts';
import type { UnsupervisedServer as _causeway_v1_UnsupervisedServer, UnsupervisedServer__Output as _causeway_v1_UnsupervisedServer__Output } from '../../causeway/v1/UnsupervisedServer.ts';
import type { HandoverStatus as _causeway_v1_HandoverStatus, HandoverStatus__Output as _causeway_v1_HandoverStatus__Output } from '../../causeway/v1/HandoverStatus.ts';
import type { CoordinatorPart as _causeway_v1_CoordinatorPart, CoordinatorPart__Output as _causeway_v1_CoordinatorPart__Output } from '../../causeway/v1/CoordinatorPart.ts';
import type { ReturnPathStatus as _causeway_v1_ReturnPathStatus, ReturnPathStatus__Output as _causeway_v1_ReturnPathStatus__Output } from '../../causeway/v1/ReturnPathStatus.ts';
import type { Disagreement as _causeway_v1_Disagreement, Disagreement__Output as _causeway_v1_Disagreement__Output } from '../../causeway/v1/Disagreement.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatusResponse {
  'revision'?: (number | string | Long);
  'agents'?: (_causeway_v1_AgentStatus)[];
  'services'?: (_causeway_v1_ServiceStatus)[];
  'latency'?: (_causeway_v1_LatencyEntry)[];
  'coordinator'?: (string);
  'startedMs'?: (number | string | Long);
  'drains'?: (_causeway_v1_DrainStatus)[];
  'unsupervised'?: (_causeway_v1_UnsupervisedServer)[];
  'publishedRevision'?: (number | string | Long);
  'handovers'?: (_causeway_v1_HandoverStatus)[];
  'parts'?: (_causeway_v1_CoordinatorPart)[];
  'returnPaths'?: (_causeway_v1_ReturnPathStatus)[];
  'disagreements'?: (_causeway_v1_Disagreement)[];
  'summary'?: (boolean);
  'troubles'?: (string)[];
}

export interface StatusResponse__Output {
  'revision': (number);
  'agents': (_causeway_v1_AgentStatus__Output)[];
  'services': (_causeway_v1_ServiceStatus__Output)[];
  'latency': (_causeway_v1_LatencyEntry__Output)[];
  'coordinator': (string);
  'startedMs': (number);
  'drains': (_causeway_v1_DrainStatus__Output)[];
  'unsupervised': (_causeway_v1_UnsupervisedServer__Output)[];
  'publishedRevision': (number);
  'handovers': (_causeway_v1_HandoverStatus__Output)[];
  'parts': (_causeway_v1_CoordinatorPart__Output)[];
  'returnPaths': (_causeway_v1_ReturnPathStatus__Output)[];
  'disagreements': (_causeway_v1_Disagreement__Output)[];
  'summary': (boolean);
  'troubles': (string)[];
}
