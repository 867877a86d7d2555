// Original file: proto/causeway/v1/admin.proto


export interface StatusRequest {
  'summary'?: (boolean);
  'examinations'?: (boolean);
}

export interface StatusRequest__Output {
  'summary': (boolean);
  'examinations': (boolean);
}
