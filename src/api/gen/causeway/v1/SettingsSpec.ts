// Original file: proto/causeway/v1/types.proto

import type { RemovalLimit as _causeway_v1_RemovalLimit, RemovalLimit__Output as _causeway_v1_RemovalLimit__Output } from '../../causeway/v1/RemovalLimit.ts';

export interface SettingsSpec {
  'removal'?: (_causeway_v1_RemovalLimit | null);
}

export interface SettingsSpec__Output {
  'removal': (_causeway_v1_RemovalLimit__Output | null);
}
