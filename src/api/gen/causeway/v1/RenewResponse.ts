// Original file: proto/causeway/v1/agents.proto


export interface RenewResponse {
  'certificate'?: (string);
}

export interface RenewResponse__Output {
  'certificate': (string);
}
