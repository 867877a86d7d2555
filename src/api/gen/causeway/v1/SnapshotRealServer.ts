// Original file: proto/causeway/v1/types.proto


export interface SnapshotRealServer {
  'name'?: (string);
  'site'?: (string);
  'address'?: (string);
  'probeSlot'?: (number);
  'forwarding'?: (string);
  'tunnel'?: (string);
}

export interface SnapshotRealServer__Output {
  'name': (string);
  'site': (string);
  'address': (string);
  'probeSlot': (number);
  'forwarding': (string);
  'tunnel': (string);
}
