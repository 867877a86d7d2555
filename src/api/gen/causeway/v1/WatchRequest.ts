// Original file: proto/causeway/v1/admin.proto


export interface WatchRequest {
  'kind'?: (string);
}

export interface WatchRequest__Output {
  'kind': (string);
}
