// Original file: proto/causeway/v1/admin.proto


export interface DeleteRequest {
  'kind'?: (string);
  'name'?: (string);
  'force'?: (boolean);
}

export interface DeleteRequest__Output {
  'kind': (string);
  'name': (string);
  'force': (boolean);
}
