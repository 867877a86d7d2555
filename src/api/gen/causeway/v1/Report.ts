// Original file: proto/causeway/v1/agents.proto

import type { PathReport as _causeway_v1_PathReport, PathReport__Output as _causeway_v1_PathReport__Output } from '../../causeway/v1/PathReport.ts';
import type { DestinationReport as _causeway_v1_DestinationReport, DestinationReport__Output as _causeway_v1_DestinationReport__Output } from '../../causeway/v1/DestinationReport.ts';
import type { ApplicationReport as _causeway_v1_ApplicationReport, ApplicationReport__Output as _causeway_v1_ApplicationReport__Output } from '../../causeway/v1/ApplicationReport.ts';
import type { LoadReport as _causeway_v1_LoadReport, LoadReport__Output as _causeway_v1_LoadReport__Output } from '../../causeway/v1/LoadReport.ts';
import type { Examination as _causeway_v1_Examination, Examination__Output as _causeway_v1_Examination__Output } from '../../causeway/v1/Examination.ts';
import type { ReturnPathReport as _causeway_v1_ReturnPathReport, ReturnPathReport__Output as _causeway_v1_ReturnPathReport__Output } from '../../causeway/v1/ReturnPathReport.ts';
import type { Choices as _causeway_v1_Choices, Choices__Output as _causeway_v1_Choices__Output } from '../../causeway/v1/Choices.ts';

export interface Report {
  'paths'?: (_causeway_v1_PathReport)[];
  'destinations'?: (_causeway_v1_DestinationReport)[];
  'applications'?: (_causeway_v1_ApplicationReport)[];
  'load'?: (_causeway_v1_LoadReport | null);
  'troubles'?: (string)[];
  'held'?: (string);
  'fault'?: (string);
  'idleVips'?: (string)[];
  'examination'?: (_causeway_v1_Examination | null);
  'returnPaths'?: (_causeway_v1_ReturnPathReport)[];
  'choices'?: (_causeway_v1_Choices | null);
}

export interface Report__Output {
  'paths': (_causeway_v1_PathReport__Output)[];
  'destinations': (_causeway_v1_DestinationReport__Output)[];
  'applications': (_causeway_v1_ApplicationReport__Output)[];
  'load': (_causeway_v1_LoadReport__Output | null);
  'troubles': (string)[];
  'held': (string);
  'fault': (string);
  'idleVips': (string)[];
  'examination': (_causeway_v1_Examination__Output | null);
  'returnPaths': (_causeway_v1_ReturnPathReport__Output)[];
  'choices': (_causeway_v1_Choices__Output | null);
}
