// Original file: proto/causeway/v1/admin.proto


export interface WhatIfChange {
  'kind'?: (string);
  'site'?: (string);
  'from'?: (string);
  'to'?: (string);
  'us'?: (number);
  'permille'?: (number);
  'name'?: (string);
}

export interface WhatIfChange__Output {
  'kind': (string);
  'site': (string);
  'from': (string);
  'to': (string);
  'us': (number);
  'permille': (number);
  'name': (string);
}
