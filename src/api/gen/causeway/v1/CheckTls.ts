// Original file: proto/causeway/v1/types.proto


export interface CheckTls {
  'serverName'?: (string);
  'verify'?: (boolean);
  'ca'?: (string);
}

export interface CheckTls__Output {
  'serverName': (string);
  'verify': (boolean);
  'ca': (string);
}
