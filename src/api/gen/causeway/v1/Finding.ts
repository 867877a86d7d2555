// Original file: proto/causeway/v1/types.proto


export interface Finding {
  'id'?: (string);
  'level'?: (string);
  'what'?: (string);
  'mend'?: (string);
}

export interface Finding__Output {
  'id': (string);
  'level': (string);
  'what': (string);
  'mend': (string);
}
