// Original file: proto/causeway/v1/types.proto

import type { ProbeSettings as _causeway_v1_ProbeSettings, ProbeSettings__Output as _causeway_v1_ProbeSettings__Output } from '../../causeway/v1/ProbeSettings.ts';
import type { DirectorSnapshot as _causeway_v1_DirectorSnapshot, DirectorSnapshot__Output as _causeway_v1_DirectorSnapshot__Output } from '../../causeway/v1/DirectorSnapshot.ts';
import type { RealServerSnapshot as _causeway_v1_RealServerSnapshot, RealServerSnapshot__Output as _causeway_v1_RealServerSnapshot__Output } from '../../causeway/v1/RealServerSnapshot.ts';
import type { Asked as _causeway_v1_Asked, Asked__Output as _causeway_v1_Asked__Output } from '../../causeway/v1/Asked.ts';
import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from '../../causeway/v1/Denial.ts';
import type { Long } from '@grpc/proto-loader';

export interface Snapshot {
  'version'?: (number | string | Long);
  'checksum'?: (string);
  'force'?: (boolean);
  'deletedServices'?: (string)[];
  'probe'?: (_causeway_v1_ProbeSettings | null);
  'director'?: (_causeway_v1_DirectorSnapshot | null);
  'realServer'?: (_causeway_v1_RealServerSnapshot | null);
  'revision'?: (number | string | Long);
  'asked'?: (_causeway_v1_Asked)[];
  'epoch'?: (number | string | Long);
  'denied'?: (_causeway_v1_Denial)[];
  'content'?: "director"|"realServer";
}

export interface Snapshot__Output {
  'version': (number);
  'checksum': (string);
  'force': (boolean);
  'deletedServices': (string)[];
  'probe': (_causeway_v1_ProbeSettings__Output | null);
  'director'?: (_causeway_v1_DirectorSnapshot__Output | null);
  'realServer'?: (_causeway_v1_RealServerSnapshot__Output | null);
  'revision': (number);
  'asked': (_causeway_v1_Asked__Output)[];
  'epoch': (number);
  'denied': (_causeway_v1_Denial__Output)[];
  'content'?: "director"|"realServer";
}
