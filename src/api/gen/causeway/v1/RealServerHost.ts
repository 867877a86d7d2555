// Original file: proto/causeway/v1/types.proto


export interface RealServerHost {
  'tunnel'?: (string);
  'alsoTunnels'?: (string)[];
}

export interface RealServerHost__Output {
  'tunnel': (string);
  'alsoTunnels': (string)[];
}
