// Original file: proto/causeway/v1/types.proto


export interface Collector {
  'name'?: (string);
  'addresses'?: (string)[];
  'epoch'?: (number);
  'keyHex'?: (string);
}

export interface Collector__Output {
  'name': (string);
  'addresses': (string)[];
  'epoch': (number);
  'keyHex': (string);
}
