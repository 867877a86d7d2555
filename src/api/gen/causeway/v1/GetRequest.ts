// Original file: proto/causeway/v1/admin.proto


export interface GetRequest {
  'kind'?: (string);
  'name'?: (string);
}

export interface GetRequest__Output {
  'kind': (string);
  'name': (string);
}
