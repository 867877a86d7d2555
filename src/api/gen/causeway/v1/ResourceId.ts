// Original file: proto/causeway/v1/admin.proto


export interface ResourceId {
  'kind'?: (string);
  'name'?: (string);
}

export interface ResourceId__Output {
  'kind': (string);
  'name': (string);
}
