// Original file: proto/causeway/v1/agents.proto

import type { Asked as _causeway_v1_Asked, Asked__Output as _causeway_v1_Asked__Output } from '../../causeway/v1/Asked.ts';
import type { Section as _causeway_v1_Section, Section__Output as _causeway_v1_Section__Output } from '../../causeway/v1/Section.ts';
import type { Long } from '@grpc/proto-loader';

export interface SnapshotDelta {
  'version'?: (number | string | Long);
  'epoch'?: (number | string | Long);
  'checksum'?: (string);
  'baseChecksum'?: (string);
  'force'?: (boolean);
  'revision'?: (number | string | Long);
  'asked'?: (_causeway_v1_Asked)[];
  'role'?: (string);
  'changed'?: (_causeway_v1_Section)[];
  'removed'?: (string)[];
}

export interface SnapshotDelta__Output {
  'version': (number);
  'epoch': (number);
  'checksum': (string);
  'baseChecksum': (string);
  'force': (boolean);
  'revision': (number);
  'asked': (_causeway_v1_Asked__Output)[];
  'role': (string);
  'changed': (_causeway_v1_Section__Output)[];
  'removed': (string)[];
}
