// Original file: proto/causeway/v1/types.proto


export interface StatusRange {
  'from'?: (number);
  'to'?: (number);
}

export interface StatusRange__Output {
  'from': (number);
  'to': (number);
}
