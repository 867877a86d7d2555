// Original file: proto/causeway/v1/agents.proto

import type { Report as _causeway_v1_Report, Report__Output as _causeway_v1_Report__Output } from '../../causeway/v1/Report.ts';
import type { DestinationName as _causeway_v1_DestinationName, DestinationName__Output as _causeway_v1_DestinationName__Output } from '../../causeway/v1/DestinationName.ts';

export interface ReportChanges {
  'said'?: (_causeway_v1_Report | null);
  'gonePaths'?: (string)[];
  'goneDestinations'?: (_causeway_v1_DestinationName)[];
  'goneApplications'?: (string)[];
  'goneReturnPaths'?: (string)[];
}

export interface ReportChanges__Output {
  'said': (_causeway_v1_Report__Output | null);
  'gonePaths': (string)[];
  'goneDestinations': (_causeway_v1_DestinationName__Output)[];
  'goneApplications': (string)[];
  'goneReturnPaths': (string)[];
}
