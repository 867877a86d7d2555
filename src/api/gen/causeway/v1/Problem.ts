// Original file: proto/causeway/v1/types.proto


export interface Problem {
  'kind'?: (string);
  'name'?: (string);
  'path'?: (string);
  'found'?: (string);
  'expected'?: (string);
}

export interface Problem__Output {
  'kind': (string);
  'name': (string);
  'path': (string);
  'found': (string);
  'expected': (string);
}
