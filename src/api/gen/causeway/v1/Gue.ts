// Original file: proto/causeway/v1/types.proto


export interface Gue {
  'port'?: (number);
  'checksum'?: (boolean);
}

export interface Gue__Output {
  'port': (number);
  'checksum': (boolean);
}
