// Original file: proto/causeway/v1/types.proto


export interface SiteSpec {
  'tunnel'?: (string);
}

export interface SiteSpec__Output {
  'tunnel': (string);
}
