// Original file: proto/causeway/v1/types.proto


export interface IpvsSettings {
  'values'?: ({[key: string]: number});
}

export interface IpvsSettings__Output {
  'values': ({[key: string]: number});
}
