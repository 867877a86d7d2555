// Original file: proto/causeway/v1/admin.proto


export interface StatusRequest {
  'summary'?: (boolean);
}

export interface StatusRequest__Output {
  'summary': (boolean);
}
