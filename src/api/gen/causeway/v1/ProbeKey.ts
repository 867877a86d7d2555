// Original file: proto/causeway/v1/types.proto


export interface ProbeKey {
  'name'?: (string);
  'epoch'?: (number);
  'keyHex'?: (string);
}

export interface ProbeKey__Output {
  'name': (string);
  'epoch': (number);
  'keyHex': (string);
}
