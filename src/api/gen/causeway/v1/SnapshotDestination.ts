// Original file: proto/causeway/v1/types.proto


export interface SnapshotDestination {
  'realServer'?: (string);
  'tier'?: (number);
  'weight'?: (number);
  'drained'?: (boolean);
}

export interface SnapshotDestination__Output {
  'realServer': (string);
  'tier': (number);
  'weight': (number);
  'drained': (boolean);
}
