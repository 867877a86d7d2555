// Original file: proto/causeway/v1/peers.proto

import type { Report as _causeway_v1_Report, Report__Output as _causeway_v1_Report__Output } from '../../causeway/v1/Report.ts';
import type { ReportChanges as _causeway_v1_ReportChanges, ReportChanges__Output as _causeway_v1_ReportChanges__Output } from '../../causeway/v1/ReportChanges.ts';
import type { Long } from '@grpc/proto-loader';

export interface AgentDigest {
  'role'?: (string);
  'name'?: (string);
  'connected'?: (boolean);
  'lastSeenMs'?: (number | string | Long);
  'reportAgeMs'?: (number | string | Long);
  'wantedVersion'?: (number | string | Long);
  'appliedVersion'?: (number | string | Long);
  'appliedChecksum'?: (string);
  'appliedRevision'?: (number | string | Long);
  'refusal'?: (string);
  'report'?: (_causeway_v1_Report | null);
  'reportChanges'?: (_causeway_v1_ReportChanges | null);
  '_reportAgeMs'?: "reportAgeMs";
  '_wantedVersion'?: "wantedVersion";
}

export interface AgentDigest__Output {
  'role': (string);
  'name': (string);
  'connected': (boolean);
  'lastSeenMs': (number);
  'reportAgeMs'?: (number);
  'wantedVersion'?: (number);
  'appliedVersion': (number);
  'appliedChecksum': (string);
  'appliedRevision': (number);
  'refusal': (string);
  'report': (_causeway_v1_Report__Output | null);
  'reportChanges': (_causeway_v1_ReportChanges__Output | null);
  '_reportAgeMs'?: "reportAgeMs";
  '_wantedVersion'?: "wantedVersion";
}
