// Original file: proto/causeway/v1/types.proto


export interface SnapshotDirector {
  'name'?: (string);
  'address'?: (string);
  'forwarding'?: (string);
}

export interface SnapshotDirector__Output {
  'name': (string);
  'address': (string);
  'forwarding': (string);
}
