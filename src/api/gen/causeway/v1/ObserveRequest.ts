// Original file: proto/causeway/v1/peers.proto


export interface ObserveRequest {
  'coordinator'?: (string);
  'once'?: (boolean);
}

export interface ObserveRequest__Output {
  'coordinator': (string);
  'once': (boolean);
}
