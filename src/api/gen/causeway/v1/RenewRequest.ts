// Original file: proto/causeway/v1/agents.proto


export interface RenewRequest {
  'request'?: (Buffer | Uint8Array | string);
}

export interface RenewRequest__Output {
  'request': (Buffer);
}
