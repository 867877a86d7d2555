// Original file: proto/causeway/v1/types.proto


export interface Thresholds {
  'upper'?: (number);
  'lower'?: (number);
}

export interface Thresholds__Output {
  'upper': (number);
  'lower': (number);
}
