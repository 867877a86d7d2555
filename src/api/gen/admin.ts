import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AdminClient as _causeway_v1_AdminClient, AdminDefinition as _causeway_v1_AdminDefinition } from './causeway/v1/Admin.ts';
import type { AgentPlan as _causeway_v1_AgentPlan, AgentPlan__Output as _causeway_v1_AgentPlan__Output } from './causeway/v1/AgentPlan.ts';
import type { AgentStatus as _causeway_v1_AgentStatus, AgentStatus__Output as _causeway_v1_AgentStatus__Output } from './causeway/v1/AgentStatus.ts';
import type { ApplicationReport as _causeway_v1_ApplicationReport, ApplicationReport__Output as _causeway_v1_ApplicationReport__Output } from './causeway/v1/ApplicationReport.ts';
import type { ApplyRequest as _causeway_v1_ApplyRequest, ApplyRequest__Output as _causeway_v1_ApplyRequest__Output } from './causeway/v1/ApplyRequest.ts';
import type { ApplyResponse as _causeway_v1_ApplyResponse, ApplyResponse__Output as _causeway_v1_ApplyResponse__Output } from './causeway/v1/ApplyResponse.ts';
import type { Asked as _causeway_v1_Asked, Asked__Output as _causeway_v1_Asked__Output } from './causeway/v1/Asked.ts';
import type { BackupRequest as _causeway_v1_BackupRequest, BackupRequest__Output as _causeway_v1_BackupRequest__Output } from './causeway/v1/BackupRequest.ts';
import type { BackupResponse as _causeway_v1_BackupResponse, BackupResponse__Output as _causeway_v1_BackupResponse__Output } from './causeway/v1/BackupResponse.ts';
import type { ChangeTerms as _causeway_v1_ChangeTerms, ChangeTerms__Output as _causeway_v1_ChangeTerms__Output } from './causeway/v1/ChangeTerms.ts';
import type { CheckTls as _causeway_v1_CheckTls, CheckTls__Output as _causeway_v1_CheckTls__Output } from './causeway/v1/CheckTls.ts';
import type { ChoiceReport as _causeway_v1_ChoiceReport, ChoiceReport__Output as _causeway_v1_ChoiceReport__Output } from './causeway/v1/ChoiceReport.ts';
import type { Choices as _causeway_v1_Choices, Choices__Output as _causeway_v1_Choices__Output } from './causeway/v1/Choices.ts';
import type { CollectingSection as _causeway_v1_CollectingSection, CollectingSection__Output as _causeway_v1_CollectingSection__Output } from './causeway/v1/CollectingSection.ts';
import type { Collector as _causeway_v1_Collector, Collector__Output as _causeway_v1_Collector__Output } from './causeway/v1/Collector.ts';
import type { CollectorsSection as _causeway_v1_CollectorsSection, CollectorsSection__Output as _causeway_v1_CollectorsSection__Output } from './causeway/v1/CollectorsSection.ts';
import type { CoordinatorPart as _causeway_v1_CoordinatorPart, CoordinatorPart__Output as _causeway_v1_CoordinatorPart__Output } from './causeway/v1/CoordinatorPart.ts';
import type { DeleteRequest as _causeway_v1_DeleteRequest, DeleteRequest__Output as _causeway_v1_DeleteRequest__Output } from './causeway/v1/DeleteRequest.ts';
import type { DeleteResponse as _causeway_v1_DeleteResponse, DeleteResponse__Output as _causeway_v1_DeleteResponse__Output } from './causeway/v1/DeleteResponse.ts';
import type { DeletedServices as _causeway_v1_DeletedServices, DeletedServices__Output as _causeway_v1_DeletedServices__Output } from './causeway/v1/DeletedServices.ts';
import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from './causeway/v1/Denial.ts';
import type { DeniedCertificates as _causeway_v1_DeniedCertificates, DeniedCertificates__Output as _causeway_v1_DeniedCertificates__Output } from './causeway/v1/DeniedCertificates.ts';
import type { DenyRequest as _causeway_v1_DenyRequest, DenyRequest__Output as _causeway_v1_DenyRequest__Output } from './causeway/v1/DenyRequest.ts';
import type { DenyResponse as _causeway_v1_DenyResponse, DenyResponse__Output as _causeway_v1_DenyResponse__Output } from './causeway/v1/DenyResponse.ts';
import type { DestinationReport as _causeway_v1_DestinationReport, DestinationReport__Output as _causeway_v1_DestinationReport__Output } from './causeway/v1/DestinationReport.ts';
import type { DiffRequest as _causeway_v1_DiffRequest, DiffRequest__Output as _causeway_v1_DiffRequest__Output } from './causeway/v1/DiffRequest.ts';
import type { DiffResponse as _causeway_v1_DiffResponse, DiffResponse__Output as _causeway_v1_DiffResponse__Output } from './causeway/v1/DiffResponse.ts';
import type { DirectorService as _causeway_v1_DirectorService, DirectorService__Output as _causeway_v1_DirectorService__Output } from './causeway/v1/DirectorService.ts';
import type { DirectorSnapshot as _causeway_v1_DirectorSnapshot, DirectorSnapshot__Output as _causeway_v1_DirectorSnapshot__Output } from './causeway/v1/DirectorSnapshot.ts';
import type { DirectorsSection as _causeway_v1_DirectorsSection, DirectorsSection__Output as _causeway_v1_DirectorsSection__Output } from './causeway/v1/DirectorsSection.ts';
import type { Disagreement as _causeway_v1_Disagreement, Disagreement__Output as _causeway_v1_Disagreement__Output } from './causeway/v1/Disagreement.ts';
import type { DrainStatus as _causeway_v1_DrainStatus, DrainStatus__Output as _causeway_v1_DrainStatus__Output } from './causeway/v1/DrainStatus.ts';
import type { Examination as _causeway_v1_Examination, Examination__Output as _causeway_v1_Examination__Output } from './causeway/v1/Examination.ts';
import type { ExplainRequest as _causeway_v1_ExplainRequest, ExplainRequest__Output as _causeway_v1_ExplainRequest__Output } from './causeway/v1/ExplainRequest.ts';
import type { ExplainResponse as _causeway_v1_ExplainResponse, ExplainResponse__Output as _causeway_v1_ExplainResponse__Output } from './causeway/v1/ExplainResponse.ts';
import type { FailingEnd as _causeway_v1_FailingEnd, FailingEnd__Output as _causeway_v1_FailingEnd__Output } from './causeway/v1/FailingEnd.ts';
import type { Finding as _causeway_v1_Finding, Finding__Output as _causeway_v1_Finding__Output } from './causeway/v1/Finding.ts';
import type { GetRequest as _causeway_v1_GetRequest, GetRequest__Output as _causeway_v1_GetRequest__Output } from './causeway/v1/GetRequest.ts';
import type { Gue as _causeway_v1_Gue, Gue__Output as _causeway_v1_Gue__Output } from './causeway/v1/Gue.ts';
import type { HandoverStatus as _causeway_v1_HandoverStatus, HandoverStatus__Output as _causeway_v1_HandoverStatus__Output } from './causeway/v1/HandoverStatus.ts';
import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from './causeway/v1/HealthCheck.ts';
import type { HistoryRequest as _causeway_v1_HistoryRequest, HistoryRequest__Output as _causeway_v1_HistoryRequest__Output } from './causeway/v1/HistoryRequest.ts';
import type { HistoryResponse as _causeway_v1_HistoryResponse, HistoryResponse__Output as _causeway_v1_HistoryResponse__Output } from './causeway/v1/HistoryResponse.ts';
import type { IpvsSettings as _causeway_v1_IpvsSettings, IpvsSettings__Output as _causeway_v1_IpvsSettings__Output } from './causeway/v1/IpvsSettings.ts';
import type { KeysSection as _causeway_v1_KeysSection, KeysSection__Output as _causeway_v1_KeysSection__Output } from './causeway/v1/KeysSection.ts';
import type { LatencyEntry as _causeway_v1_LatencyEntry, LatencyEntry__Output as _causeway_v1_LatencyEntry__Output } from './causeway/v1/LatencyEntry.ts';
import type { ListRequest as _causeway_v1_ListRequest, ListRequest__Output as _causeway_v1_ListRequest__Output } from './causeway/v1/ListRequest.ts';
import type { ListResponse as _causeway_v1_ListResponse, ListResponse__Output as _causeway_v1_ListResponse__Output } from './causeway/v1/ListResponse.ts';
import type { LoadReport as _causeway_v1_LoadReport, LoadReport__Output as _causeway_v1_LoadReport__Output } from './causeway/v1/LoadReport.ts';
import type { OperatorRights as _causeway_v1_OperatorRights, OperatorRights__Output as _causeway_v1_OperatorRights__Output } from './causeway/v1/OperatorRights.ts';
import type { OverrideSpec as _causeway_v1_OverrideSpec, OverrideSpec__Output as _causeway_v1_OverrideSpec__Output } from './causeway/v1/OverrideSpec.ts';
import type { PathReport as _causeway_v1_PathReport, PathReport__Output as _causeway_v1_PathReport__Output } from './causeway/v1/PathReport.ts';
import type { PersistencePrefix as _causeway_v1_PersistencePrefix, PersistencePrefix__Output as _causeway_v1_PersistencePrefix__Output } from './causeway/v1/PersistencePrefix.ts';
import type { PlanRequest as _causeway_v1_PlanRequest, PlanRequest__Output as _causeway_v1_PlanRequest__Output } from './causeway/v1/PlanRequest.ts';
import type { PlanResponse as _causeway_v1_PlanResponse, PlanResponse__Output as _causeway_v1_PlanResponse__Output } from './causeway/v1/PlanResponse.ts';
import type { PortCheck as _causeway_v1_PortCheck, PortCheck__Output as _causeway_v1_PortCheck__Output } from './causeway/v1/PortCheck.ts';
import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from './causeway/v1/ProbeKey.ts';
import type { ProbeSettings as _causeway_v1_ProbeSettings, ProbeSettings__Output as _causeway_v1_ProbeSettings__Output } from './causeway/v1/ProbeSettings.ts';
import type { Problem as _causeway_v1_Problem, Problem__Output as _causeway_v1_Problem__Output } from './causeway/v1/Problem.ts';
import type { RealServerHost as _causeway_v1_RealServerHost, RealServerHost__Output as _causeway_v1_RealServerHost__Output } from './causeway/v1/RealServerHost.ts';
import type { RealServerService as _causeway_v1_RealServerService, RealServerService__Output as _causeway_v1_RealServerService__Output } from './causeway/v1/RealServerService.ts';
import type { RealServerSnapshot as _causeway_v1_RealServerSnapshot, RealServerSnapshot__Output as _causeway_v1_RealServerSnapshot__Output } from './causeway/v1/RealServerSnapshot.ts';
import type { RealServerSpec as _causeway_v1_RealServerSpec, RealServerSpec__Output as _causeway_v1_RealServerSpec__Output } from './causeway/v1/RealServerSpec.ts';
import type { RemovalLimit as _causeway_v1_RemovalLimit, RemovalLimit__Output as _causeway_v1_RemovalLimit__Output } from './causeway/v1/RemovalLimit.ts';
import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from './causeway/v1/Resource.ts';
import type { ResourceChange as _causeway_v1_ResourceChange, ResourceChange__Output as _causeway_v1_ResourceChange__Output } from './causeway/v1/ResourceChange.ts';
import type { ResourceId as _causeway_v1_ResourceId, ResourceId__Output as _causeway_v1_ResourceId__Output } from './causeway/v1/ResourceId.ts';
import type { ReturnPathReport as _causeway_v1_ReturnPathReport, ReturnPathReport__Output as _causeway_v1_ReturnPathReport__Output } from './causeway/v1/ReturnPathReport.ts';
import type { ReturnPathStatus as _causeway_v1_ReturnPathStatus, ReturnPathStatus__Output as _causeway_v1_ReturnPathStatus__Output } from './causeway/v1/ReturnPathStatus.ts';
import type { Revision as _causeway_v1_Revision, Revision__Output as _causeway_v1_Revision__Output } from './causeway/v1/Revision.ts';
import type { RollbackRequest as _causeway_v1_RollbackRequest, RollbackRequest__Output as _causeway_v1_RollbackRequest__Output } from './causeway/v1/RollbackRequest.ts';
import type { RollbackResponse as _causeway_v1_RollbackResponse, RollbackResponse__Output as _causeway_v1_RollbackResponse__Output } from './causeway/v1/RollbackResponse.ts';
import type { RotateProbeKeysRequest as _causeway_v1_RotateProbeKeysRequest, RotateProbeKeysRequest__Output as _causeway_v1_RotateProbeKeysRequest__Output } from './causeway/v1/RotateProbeKeysRequest.ts';
import type { RotateProbeKeysResponse as _causeway_v1_RotateProbeKeysResponse, RotateProbeKeysResponse__Output as _causeway_v1_RotateProbeKeysResponse__Output } from './causeway/v1/RotateProbeKeysResponse.ts';
import type { SchedulerFlags as _causeway_v1_SchedulerFlags, SchedulerFlags__Output as _causeway_v1_SchedulerFlags__Output } from './causeway/v1/SchedulerFlags.ts';
import type { Section as _causeway_v1_Section, Section__Output as _causeway_v1_Section__Output } from './causeway/v1/Section.ts';
import type { ServersOfSite as _causeway_v1_ServersOfSite, ServersOfSite__Output as _causeway_v1_ServersOfSite__Output } from './causeway/v1/ServersOfSite.ts';
import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from './causeway/v1/ServicePort.ts';
import type { ServiceSection as _causeway_v1_ServiceSection, ServiceSection__Output as _causeway_v1_ServiceSection__Output } from './causeway/v1/ServiceSection.ts';
import type { ServiceSpec as _causeway_v1_ServiceSpec, ServiceSpec__Output as _causeway_v1_ServiceSpec__Output } from './causeway/v1/ServiceSpec.ts';
import type { ServiceStatus as _causeway_v1_ServiceStatus, ServiceStatus__Output as _causeway_v1_ServiceStatus__Output } from './causeway/v1/ServiceStatus.ts';
import type { ServiceTuning as _causeway_v1_ServiceTuning, ServiceTuning__Output as _causeway_v1_ServiceTuning__Output } from './causeway/v1/ServiceTuning.ts';
import type { SettingsSpec as _causeway_v1_SettingsSpec, SettingsSpec__Output as _causeway_v1_SettingsSpec__Output } from './causeway/v1/SettingsSpec.ts';
import type { SiteSpec as _causeway_v1_SiteSpec, SiteSpec__Output as _causeway_v1_SiteSpec__Output } from './causeway/v1/SiteSpec.ts';
import type { SiteUse as _causeway_v1_SiteUse, SiteUse__Output as _causeway_v1_SiteUse__Output } from './causeway/v1/SiteUse.ts';
import type { Snapshot as _causeway_v1_Snapshot, Snapshot__Output as _causeway_v1_Snapshot__Output } from './causeway/v1/Snapshot.ts';
import type { SnapshotDestination as _causeway_v1_SnapshotDestination, SnapshotDestination__Output as _causeway_v1_SnapshotDestination__Output } from './causeway/v1/SnapshotDestination.ts';
import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from './causeway/v1/SnapshotDirector.ts';
import type { SnapshotRealServer as _causeway_v1_SnapshotRealServer, SnapshotRealServer__Output as _causeway_v1_SnapshotRealServer__Output } from './causeway/v1/SnapshotRealServer.ts';
import type { Splice as _causeway_v1_Splice, Splice__Output as _causeway_v1_Splice__Output } from './causeway/v1/Splice.ts';
import type { StatusRange as _causeway_v1_StatusRange, StatusRange__Output as _causeway_v1_StatusRange__Output } from './causeway/v1/StatusRange.ts';
import type { StatusRequest as _causeway_v1_StatusRequest, StatusRequest__Output as _causeway_v1_StatusRequest__Output } from './causeway/v1/StatusRequest.ts';
import type { StatusResponse as _causeway_v1_StatusResponse, StatusResponse__Output as _causeway_v1_StatusResponse__Output } from './causeway/v1/StatusResponse.ts';
import type { Thresholds as _causeway_v1_Thresholds, Thresholds__Output as _causeway_v1_Thresholds__Output } from './causeway/v1/Thresholds.ts';
import type { TouchedResource as _causeway_v1_TouchedResource, TouchedResource__Output as _causeway_v1_TouchedResource__Output } from './causeway/v1/TouchedResource.ts';
import type { UnsupervisedServer as _causeway_v1_UnsupervisedServer, UnsupervisedServer__Output as _causeway_v1_UnsupervisedServer__Output } from './causeway/v1/UnsupervisedServer.ts';
import type { VipPort as _causeway_v1_VipPort, VipPort__Output as _causeway_v1_VipPort__Output } from './causeway/v1/VipPort.ts';
import type { WatchEvent as _causeway_v1_WatchEvent, WatchEvent__Output as _causeway_v1_WatchEvent__Output } from './causeway/v1/WatchEvent.ts';
import type { WatchRequest as _causeway_v1_WatchRequest, WatchRequest__Output as _causeway_v1_WatchRequest__Output } from './causeway/v1/WatchRequest.ts';
import type { WhatIfChange as _causeway_v1_WhatIfChange, WhatIfChange__Output as _causeway_v1_WhatIfChange__Output } from './causeway/v1/WhatIfChange.ts';
import type { WhatIfFlow as _causeway_v1_WhatIfFlow, WhatIfFlow__Output as _causeway_v1_WhatIfFlow__Output } from './causeway/v1/WhatIfFlow.ts';
import type { WhatIfRequest as _causeway_v1_WhatIfRequest, WhatIfRequest__Output as _causeway_v1_WhatIfRequest__Output } from './causeway/v1/WhatIfRequest.ts';
import type { WhatIfResponse as _causeway_v1_WhatIfResponse, WhatIfResponse__Output as _causeway_v1_WhatIfResponse__Output } from './causeway/v1/WhatIfResponse.ts';
import type { WhatIfSite as _causeway_v1_WhatIfSite, WhatIfSite__Output as _causeway_v1_WhatIfSite__Output } from './causeway/v1/WhatIfSite.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  causeway: {
    v1: {
      Admin: SubtypeConstructor<typeof grpc.Client, _causeway_v1_AdminClient> & { service: _causeway_v1_AdminDefinition }
      AgentPlan: MessageTypeDefinition<_causeway_v1_AgentPlan, _causeway_v1_AgentPlan__Output>
      AgentStatus: MessageTypeDefinition<_causeway_v1_AgentStatus, _causeway_v1_AgentStatus__Output>
      ApplicationReport: MessageTypeDefinition<_causeway_v1_ApplicationReport, _causeway_v1_ApplicationReport__Output>
      ApplyRequest: MessageTypeDefinition<_causeway_v1_ApplyRequest, _causeway_v1_ApplyRequest__Output>
      ApplyResponse: MessageTypeDefinition<_causeway_v1_ApplyResponse, _causeway_v1_ApplyResponse__Output>
      Asked: MessageTypeDefinition<_causeway_v1_Asked, _causeway_v1_Asked__Output>
      BackupRequest: MessageTypeDefinition<_causeway_v1_BackupRequest, _causeway_v1_BackupRequest__Output>
      BackupResponse: MessageTypeDefinition<_causeway_v1_BackupResponse, _causeway_v1_BackupResponse__Output>
      ChangeTerms: MessageTypeDefinition<_causeway_v1_ChangeTerms, _causeway_v1_ChangeTerms__Output>
      CheckTls: MessageTypeDefinition<_causeway_v1_CheckTls, _causeway_v1_CheckTls__Output>
      ChoiceReport: MessageTypeDefinition<_causeway_v1_ChoiceReport, _causeway_v1_ChoiceReport__Output>
      Choices: MessageTypeDefinition<_causeway_v1_Choices, _causeway_v1_Choices__Output>
      CollectingSection: MessageTypeDefinition<_causeway_v1_CollectingSection, _causeway_v1_CollectingSection__Output>
      Collector: MessageTypeDefinition<_causeway_v1_Collector, _causeway_v1_Collector__Output>
      CollectorsSection: MessageTypeDefinition<_causeway_v1_CollectorsSection, _causeway_v1_CollectorsSection__Output>
      CoordinatorPart: MessageTypeDefinition<_causeway_v1_CoordinatorPart, _causeway_v1_CoordinatorPart__Output>
      DeleteRequest: MessageTypeDefinition<_causeway_v1_DeleteRequest, _causeway_v1_DeleteRequest__Output>
      DeleteResponse: MessageTypeDefinition<_causeway_v1_DeleteResponse, _causeway_v1_DeleteResponse__Output>
      DeletedServices: MessageTypeDefinition<_causeway_v1_DeletedServices, _causeway_v1_DeletedServices__Output>
      Denial: MessageTypeDefinition<_causeway_v1_Denial, _causeway_v1_Denial__Output>
      DeniedCertificates: MessageTypeDefinition<_causeway_v1_DeniedCertificates, _causeway_v1_DeniedCertificates__Output>
      DenyRequest: MessageTypeDefinition<_causeway_v1_DenyRequest, _causeway_v1_DenyRequest__Output>
      DenyResponse: MessageTypeDefinition<_causeway_v1_DenyResponse, _causeway_v1_DenyResponse__Output>
      DestinationReport: MessageTypeDefinition<_causeway_v1_DestinationReport, _causeway_v1_DestinationReport__Output>
      DiffRequest: MessageTypeDefinition<_causeway_v1_DiffRequest, _causeway_v1_DiffRequest__Output>
      DiffResponse: MessageTypeDefinition<_causeway_v1_DiffResponse, _causeway_v1_DiffResponse__Output>
      DirectorService: MessageTypeDefinition<_causeway_v1_DirectorService, _causeway_v1_DirectorService__Output>
      DirectorSnapshot: MessageTypeDefinition<_causeway_v1_DirectorSnapshot, _causeway_v1_DirectorSnapshot__Output>
      DirectorsSection: MessageTypeDefinition<_causeway_v1_DirectorsSection, _causeway_v1_DirectorsSection__Output>
      Disagreement: MessageTypeDefinition<_causeway_v1_Disagreement, _causeway_v1_Disagreement__Output>
      DrainStatus: MessageTypeDefinition<_causeway_v1_DrainStatus, _causeway_v1_DrainStatus__Output>
      Examination: MessageTypeDefinition<_causeway_v1_Examination, _causeway_v1_Examination__Output>
      ExplainRequest: MessageTypeDefinition<_causeway_v1_ExplainRequest, _causeway_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_causeway_v1_ExplainResponse, _causeway_v1_ExplainResponse__Output>
      FailingEnd: MessageTypeDefinition<_causeway_v1_FailingEnd, _causeway_v1_FailingEnd__Output>
      Finding: MessageTypeDefinition<_causeway_v1_Finding, _causeway_v1_Finding__Output>
      GetRequest: MessageTypeDefinition<_causeway_v1_GetRequest, _causeway_v1_GetRequest__Output>
      Gue: MessageTypeDefinition<_causeway_v1_Gue, _causeway_v1_Gue__Output>
      HandoverStatus: MessageTypeDefinition<_causeway_v1_HandoverStatus, _causeway_v1_HandoverStatus__Output>
      HealthCheck: MessageTypeDefinition<_causeway_v1_HealthCheck, _causeway_v1_HealthCheck__Output>
      HistoryRequest: MessageTypeDefinition<_causeway_v1_HistoryRequest, _causeway_v1_HistoryRequest__Output>
      HistoryResponse: MessageTypeDefinition<_causeway_v1_HistoryResponse, _causeway_v1_HistoryResponse__Output>
      IpvsSettings: MessageTypeDefinition<_causeway_v1_IpvsSettings, _causeway_v1_IpvsSettings__Output>
      KeysSection: MessageTypeDefinition<_causeway_v1_KeysSection, _causeway_v1_KeysSection__Output>
      LatencyEntry: MessageTypeDefinition<_causeway_v1_LatencyEntry, _causeway_v1_LatencyEntry__Output>
      ListRequest: MessageTypeDefinition<_causeway_v1_ListRequest, _causeway_v1_ListRequest__Output>
      ListResponse: MessageTypeDefinition<_causeway_v1_ListResponse, _causeway_v1_ListResponse__Output>
      LoadReport: MessageTypeDefinition<_causeway_v1_LoadReport, _causeway_v1_LoadReport__Output>
      OperatorRights: MessageTypeDefinition<_causeway_v1_OperatorRights, _causeway_v1_OperatorRights__Output>
      OverrideSpec: MessageTypeDefinition<_causeway_v1_OverrideSpec, _causeway_v1_OverrideSpec__Output>
      PathReport: MessageTypeDefinition<_causeway_v1_PathReport, _causeway_v1_PathReport__Output>
      PersistencePrefix: MessageTypeDefinition<_causeway_v1_PersistencePrefix, _causeway_v1_PersistencePrefix__Output>
      PlanRequest: MessageTypeDefinition<_causeway_v1_PlanRequest, _causeway_v1_PlanRequest__Output>
      PlanResponse: MessageTypeDefinition<_causeway_v1_PlanResponse, _causeway_v1_PlanResponse__Output>
      PortCheck: MessageTypeDefinition<_causeway_v1_PortCheck, _causeway_v1_PortCheck__Output>
      ProbeKey: MessageTypeDefinition<_causeway_v1_ProbeKey, _causeway_v1_ProbeKey__Output>
      ProbeSettings: MessageTypeDefinition<_causeway_v1_ProbeSettings, _causeway_v1_ProbeSettings__Output>
      Problem: MessageTypeDefinition<_causeway_v1_Problem, _causeway_v1_Problem__Output>
      RealServerHost: MessageTypeDefinition<_causeway_v1_RealServerHost, _causeway_v1_RealServerHost__Output>
      RealServerService: MessageTypeDefinition<_causeway_v1_RealServerService, _causeway_v1_RealServerService__Output>
      RealServerSnapshot: MessageTypeDefinition<_causeway_v1_RealServerSnapshot, _causeway_v1_RealServerSnapshot__Output>
      RealServerSpec: MessageTypeDefinition<_causeway_v1_RealServerSpec, _causeway_v1_RealServerSpec__Output>
      RemovalLimit: MessageTypeDefinition<_causeway_v1_RemovalLimit, _causeway_v1_RemovalLimit__Output>
      Resource: MessageTypeDefinition<_causeway_v1_Resource, _causeway_v1_Resource__Output>
      ResourceChange: MessageTypeDefinition<_causeway_v1_ResourceChange, _causeway_v1_ResourceChange__Output>
      ResourceId: MessageTypeDefinition<_causeway_v1_ResourceId, _causeway_v1_ResourceId__Output>
      ReturnPathReport: MessageTypeDefinition<_causeway_v1_ReturnPathReport, _causeway_v1_ReturnPathReport__Output>
      ReturnPathStatus: MessageTypeDefinition<_causeway_v1_ReturnPathStatus, _causeway_v1_ReturnPathStatus__Output>
      Revision: MessageTypeDefinition<_causeway_v1_Revision, _causeway_v1_Revision__Output>
      RollbackRequest: MessageTypeDefinition<_causeway_v1_RollbackRequest, _causeway_v1_RollbackRequest__Output>
      RollbackResponse: MessageTypeDefinition<_causeway_v1_RollbackResponse, _causeway_v1_RollbackResponse__Output>
      RotateProbeKeysRequest: MessageTypeDefinition<_causeway_v1_RotateProbeKeysRequest, _causeway_v1_RotateProbeKeysRequest__Output>
      RotateProbeKeysResponse: MessageTypeDefinition<_causeway_v1_RotateProbeKeysResponse, _causeway_v1_RotateProbeKeysResponse__Output>
      SchedulerFlags: MessageTypeDefinition<_causeway_v1_SchedulerFlags, _causeway_v1_SchedulerFlags__Output>
      Section: MessageTypeDefinition<_causeway_v1_Section, _causeway_v1_Section__Output>
      ServersOfSite: MessageTypeDefinition<_causeway_v1_ServersOfSite, _causeway_v1_ServersOfSite__Output>
      ServicePort: MessageTypeDefinition<_causeway_v1_ServicePort, _causeway_v1_ServicePort__Output>
      ServiceSection: MessageTypeDefinition<_causeway_v1_ServiceSection, _causeway_v1_ServiceSection__Output>
      ServiceSpec: MessageTypeDefinition<_causeway_v1_ServiceSpec, _causeway_v1_ServiceSpec__Output>
      ServiceStatus: MessageTypeDefinition<_causeway_v1_ServiceStatus, _causeway_v1_ServiceStatus__Output>
      ServiceTuning: MessageTypeDefinition<_causeway_v1_ServiceTuning, _causeway_v1_ServiceTuning__Output>
      SettingsSpec: MessageTypeDefinition<_causeway_v1_SettingsSpec, _causeway_v1_SettingsSpec__Output>
      SiteSpec: MessageTypeDefinition<_causeway_v1_SiteSpec, _causeway_v1_SiteSpec__Output>
      SiteUse: MessageTypeDefinition<_causeway_v1_SiteUse, _causeway_v1_SiteUse__Output>
      Snapshot: MessageTypeDefinition<_causeway_v1_Snapshot, _causeway_v1_Snapshot__Output>
      SnapshotDestination: MessageTypeDefinition<_causeway_v1_SnapshotDestination, _causeway_v1_SnapshotDestination__Output>
      SnapshotDirector: MessageTypeDefinition<_causeway_v1_SnapshotDirector, _causeway_v1_SnapshotDirector__Output>
      SnapshotRealServer: MessageTypeDefinition<_causeway_v1_SnapshotRealServer, _causeway_v1_SnapshotRealServer__Output>
      Splice: MessageTypeDefinition<_causeway_v1_Splice, _causeway_v1_Splice__Output>
      StatusRange: MessageTypeDefinition<_causeway_v1_StatusRange, _causeway_v1_StatusRange__Output>
      StatusRequest: MessageTypeDefinition<_causeway_v1_StatusRequest, _causeway_v1_StatusRequest__Output>
      StatusResponse: MessageTypeDefinition<_causeway_v1_StatusResponse, _causeway_v1_StatusResponse__Output>
      Thresholds: MessageTypeDefinition<_causeway_v1_Thresholds, _causeway_v1_Thresholds__Output>
      TouchedResource: MessageTypeDefinition<_causeway_v1_TouchedResource, _causeway_v1_TouchedResource__Output>
      UnsupervisedServer: MessageTypeDefinition<_causeway_v1_UnsupervisedServer, _causeway_v1_UnsupervisedServer__Output>
      VipPort: MessageTypeDefinition<_causeway_v1_VipPort, _causeway_v1_VipPort__Output>
      WatchEvent: MessageTypeDefinition<_causeway_v1_WatchEvent, _causeway_v1_WatchEvent__Output>
      WatchRequest: MessageTypeDefinition<_causeway_v1_WatchRequest, _causeway_v1_WatchRequest__Output>
      WhatIfChange: MessageTypeDefinition<_causeway_v1_WhatIfChange, _causeway_v1_WhatIfChange__Output>
      WhatIfFlow: MessageTypeDefinition<_causeway_v1_WhatIfFlow, _causeway_v1_WhatIfFlow__Output>
      WhatIfRequest: MessageTypeDefinition<_causeway_v1_WhatIfRequest, _causeway_v1_WhatIfRequest__Output>
      WhatIfResponse: MessageTypeDefinition<_causeway_v1_WhatIfResponse, _causeway_v1_WhatIfResponse__Output>
      WhatIfSite: MessageTypeDefinition<_causeway_v1_WhatIfSite, _causeway_v1_WhatIfSite__Output>
    }
  }
}

