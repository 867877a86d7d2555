// Original file: proto/causeway/v1/admin.proto


export interface ListRequest {
  'kind'?: (string);
}

export interface ListRequest__Output {
  'kind': (string);
}
