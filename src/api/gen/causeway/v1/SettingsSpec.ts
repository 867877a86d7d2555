// Original file: proto/causeway/v1/types.proto

import type { RemovalLimit as _causeway_v1_RemovalLimit, RemovalLimit__Output as _causeway_v1_RemovalLimit__Output } from '../../causeway/v1/RemovalLimit.ts';
import type { OperatorRights as _causeway_v1_OperatorRights, OperatorRights__Output as _causeway_v1_OperatorRights__Output } from '../../causeway/v1/OperatorRights.ts';

export interface SettingsSpec {
  'removal'?: (_causeway_v1_RemovalLimit | null);
  'operators'?: (_causeway_v1_OperatorRights)[];
  'ipvs'?: ({[key: string]: number});
}

export interface SettingsSpec__Output {
  'removal': (_causeway_v1_RemovalLimit__Output | null);
  'operators': (_causeway_v1_OperatorRights__Output)[];
  'ipvs': ({[key: string]: number});
}
