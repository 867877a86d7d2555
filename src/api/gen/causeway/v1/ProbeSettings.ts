// Original file: proto/causeway/v1/types.proto


export interface ProbeSettings {
  'keyHex'?: (string);
  'intervalMs'?: (number);
  'downAfterMs'?: (number);
  'goneAfterMs'?: (number);
  'rise'?: (number);
}

export interface ProbeSettings__Output {
  'keyHex': (string);
  'intervalMs': (number);
  'downAfterMs': (number);
  'goneAfterMs': (number);
  'rise': (number);
}
