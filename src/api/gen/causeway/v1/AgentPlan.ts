// Original file: proto/causeway/v1/admin.proto


export interface AgentPlan {
  'role'?: (string);
  'name'?: (string);
  'operations'?: (string)[];
  'refusal'?: (string);
}

export interface AgentPlan__Output {
  'role': (string);
  'name': (string);
  'operations': (string)[];
  'refusal': (string);
}
