// Original file: proto/causeway/v1/types.proto


export interface DeletedServices {
  'names'?: (string)[];
}

export interface DeletedServices__Output {
  'names': (string)[];
}
