// Original file: proto/causeway/v1/types.proto


export interface ReturnPathReport {
  'realServer'?: (string);
  'heard'?: (string)[];
  'silent'?: (string)[];
}

export interface ReturnPathReport__Output {
  'realServer': (string);
  'heard': (string)[];
  'silent': (string)[];
}
