// Original file: proto/causeway/v1/agents.proto

import type { Hello as _causeway_v1_Hello, Hello__Output as _causeway_v1_Hello__Output } from '../../causeway/v1/Hello.ts';
import type { Acknowledge as _causeway_v1_Acknowledge, Acknowledge__Output as _causeway_v1_Acknowledge__Output } from '../../causeway/v1/Acknowledge.ts';
import type { Refuse as _causeway_v1_Refuse, Refuse__Output as _causeway_v1_Refuse__Output } from '../../causeway/v1/Refuse.ts';
import type { Report as _causeway_v1_Report, Report__Output as _causeway_v1_Report__Output } from '../../causeway/v1/Report.ts';
import type { ReportChanges as _causeway_v1_ReportChanges, ReportChanges__Output as _causeway_v1_ReportChanges__Output } from '../../causeway/v1/ReportChanges.ts';

export interface AgentMessage {
  'hello'?: (_causeway_v1_Hello | null);
  'acknowledge'?: (_causeway_v1_Acknowledge | null);
  'refuse'?: (_causeway_v1_Refuse | null);
  'report'?: (_causeway_v1_Report | null);
  'reportChanges'?: (_causeway_v1_ReportChanges | null);
  'message'?: "hello"|"acknowledge"|"refuse"|"report"|"reportChanges";
}

export interface AgentMessage__Output {
  'hello'?: (_causeway_v1_Hello__Output | null);
  'acknowledge'?: (_causeway_v1_Acknowledge__Output | null);
  'refuse'?: (_causeway_v1_Refuse__Output | null);
  'report'?: (_causeway_v1_Report__Output | null);
  'reportChanges'?: (_causeway_v1_ReportChanges__Output | null);
  'message'?: "hello"|"acknowledge"|"refuse"|"report"|"reportChanges";
}
