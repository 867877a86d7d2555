// Original file: proto/causeway/v1/types.proto


export interface OperatorRights {
  'name'?: (string);
  'services'?: (string)[];
  'sites'?: (string)[];
}

export interface OperatorRights__Output {
  'name': (string);
  'services': (string)[];
  'sites': (string)[];
}
