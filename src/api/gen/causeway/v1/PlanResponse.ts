// Original file: proto/causeway/v1/admin.proto

import type { Problem as _causeway_v1_Problem, Problem__Output as _causeway_v1_Problem__Output } from '../../causeway/v1/Problem.ts';
import type { AgentPlan as _causeway_v1_AgentPlan, AgentPlan__Output as _causeway_v1_AgentPlan__Output } from '../../causeway/v1/AgentPlan.ts';
import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from '../../causeway/v1/ResourceId.ts';

export interface PlanResponse {
  'problems'?: (_causeway_v1_Problem)[];
  'agents'?: (_causeway_v1_AgentPlan)[];
  'warnings'?: (_causeway_v1_Problem)[];
  'outcomes'?: (string)[];
  'refusal'?: (string);
  'rollbackResources'?: (_causeway_v1_ResourceId)[];
  'rollbackRemovals'?: (_causeway_v1_ResourceId)[];
  'rollbackLeftAlone'?: (_causeway_v1_ResourceId)[];
}

export interface PlanResponse__Output {
  'problems': (_causeway_v1_Problem__Output)[];
  'agents': (_causeway_v1_AgentPlan__Output)[];
  'warnings': (_causeway_v1_Problem__Output)[];
  'outcomes': (string)[];
  'refusal': (string);
  'rollbackResources': (_causeway_v1_ResourceId__Output)[];
  'rollbackRemovals': (_causeway_v1_ResourceId__Output)[];
  'rollbackLeftAlone': (_causeway_v1_ResourceId__Output)[];
}
