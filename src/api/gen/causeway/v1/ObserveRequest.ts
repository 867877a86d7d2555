// Original file: proto/causeway/v1/peers.proto


export interface ObserveRequest {
  'coordinator'?: (string);
  'once'?: (boolean);
  'capabilities'?: (string)[];
}

export interface ObserveRequest__Output {
  'coordinator': (string);
  'once': (boolean);
  'capabilities': (string)[];
}
