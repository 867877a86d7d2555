// Original file: proto/causeway/v1/types.proto


export interface RealServerSpec {
  'weight'?: (number);
  'drain'?: (boolean);
}

export interface RealServerSpec__Output {
  'weight': (number);
  'drain': (boolean);
}
