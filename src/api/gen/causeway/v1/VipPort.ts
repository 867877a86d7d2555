// Original file: proto/causeway/v1/types.proto


export interface VipPort {
  'address'?: (string);
  'protocol'?: (string);
  'port'?: (number);
  'lastPort'?: (number);
}

export interface VipPort__Output {
  'address': (string);
  'protocol': (string);
  'port': (number);
  'lastPort': (number);
}
