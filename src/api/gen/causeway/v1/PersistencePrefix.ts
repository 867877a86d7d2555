// Original file: proto/causeway/v1/types.proto


export interface PersistencePrefix {
  'ipv4'?: (number);
  'ipv6'?: (number);
}

export interface PersistencePrefix__Output {
  'ipv4': (number);
  'ipv6': (number);
}
