// Original file: proto/causeway/v1/peers.proto


export interface AgentName {
  'role'?: (string);
  'name'?: (string);
}

export interface AgentName__Output {
  'role': (string);
  'name': (string);
}
