// Original file: proto/causeway/v1/types.proto


export interface ServicePort {
  'protocol'?: (string);
  'port'?: (number);
  'targetPort'?: (number);
  'lastPort'?: (number);
}

export interface ServicePort__Output {
  'protocol': (string);
  'port': (number);
  'targetPort': (number);
  'lastPort': (number);
}
