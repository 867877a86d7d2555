// Original file: proto/causeway/v1/admin.proto


export interface HandoverStatus {
  'kind'?: (string);
  'name'?: (string);
  'waitsFor'?: (string)[];
  'stuck'?: (boolean);
}

export interface HandoverStatus__Output {
  'kind': (string);
  'name': (string);
  'waitsFor': (string)[];
  'stuck': (boolean);
}
