import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Acknowledge as _causeway_v1_Acknowledge, Acknowledge__Output as _causeway_v1_Acknowledge__Output } from './causeway/v1/Acknowledge.ts';
import type { AgentDigest as _causeway_v1_AgentDigest, AgentDigest__Output as _causeway_v1_AgentDigest__Output } from './causeway/v1/AgentDigest.ts';
import type { AgentMessage as _causeway_v1_AgentMessage, AgentMessage__Output as _causeway_v1_AgentMessage__Output } from './causeway/v1/AgentMessage.ts';
import type { AgentName as _causeway_v1_AgentName, AgentName__Output as _causeway_v1_AgentName__Output } from './causeway/v1/AgentName.ts';
import type { AgentsClient as _causeway_v1_AgentsClient, AgentsDefinition as _causeway_v1_AgentsDefinition } from './causeway/v1/Agents.ts';
import type { ApplicationReport as _causeway_v1_ApplicationReport, ApplicationReport__Output as _causeway_v1_ApplicationReport__Output } from './causeway/v1/ApplicationReport.ts';
import type { Asked as _causeway_v1_Asked, Asked__Output as _causeway_v1_Asked__Output } from './causeway/v1/Asked.ts';
import type { CheckTls as _causeway_v1_CheckTls, CheckTls__Output as _causeway_v1_CheckTls__Output } from './causeway/v1/CheckTls.ts';
import type { ChoiceReport as _causeway_v1_ChoiceReport, ChoiceReport__Output as _causeway_v1_ChoiceReport__Output } from './causeway/v1/ChoiceReport.ts';
import type { Choices as _causeway_v1_Choices, Choices__Output as _causeway_v1_Choices__Output } from './causeway/v1/Choices.ts';
import type { CollectingSection as _causeway_v1_CollectingSection, CollectingSection__Output as _causeway_v1_CollectingSection__Output } from './causeway/v1/CollectingSection.ts';
import type { Collector as _causeway_v1_Collector, Collector__Output as _causeway_v1_Collector__Output } from './causeway/v1/Collector.ts';
import type { CollectorsSection as _causeway_v1_CollectorsSection, CollectorsSection__Output as _causeway_v1_CollectorsSection__Output } from './causeway/v1/CollectorsSection.ts';
import type { CoordinatorMessage as _causeway_v1_CoordinatorMessage, CoordinatorMessage__Output as _causeway_v1_CoordinatorMessage__Output } from './causeway/v1/CoordinatorMessage.ts';
import type { DeletedServices as _causeway_v1_DeletedServices, DeletedServices__Output as _causeway_v1_DeletedServices__Output } from './causeway/v1/DeletedServices.ts';
import type { Denial as _causeway_v1_Denial, Denial__Output as _causeway_v1_Denial__Output } from './causeway/v1/Denial.ts';
import type { DeniedCertificates as _causeway_v1_DeniedCertificates, DeniedCertificates__Output as _causeway_v1_DeniedCertificates__Output } from './causeway/v1/DeniedCertificates.ts';
import type { DestinationName as _causeway_v1_DestinationName, DestinationName__Output as _causeway_v1_DestinationName__Output } from './causeway/v1/DestinationName.ts';
import type { DestinationReport as _causeway_v1_DestinationReport, DestinationReport__Output as _causeway_v1_DestinationReport__Output } from './causeway/v1/DestinationReport.ts';
import type { DirectorService as _causeway_v1_DirectorService, DirectorService__Output as _causeway_v1_DirectorService__Output } from './causeway/v1/DirectorService.ts';
import type { DirectorSnapshot as _causeway_v1_DirectorSnapshot, DirectorSnapshot__Output as _causeway_v1_DirectorSnapshot__Output } from './causeway/v1/DirectorSnapshot.ts';
import type { DirectorsSection as _causeway_v1_DirectorsSection, DirectorsSection__Output as _causeway_v1_DirectorsSection__Output } from './causeway/v1/DirectorsSection.ts';
import type { Examination as _causeway_v1_Examination, Examination__Output as _causeway_v1_Examination__Output } from './causeway/v1/Examination.ts';
import type { FailingEnd as _causeway_v1_FailingEnd, FailingEnd__Output as _causeway_v1_FailingEnd__Output } from './causeway/v1/FailingEnd.ts';
import type { Finding as _causeway_v1_Finding, Finding__Output as _causeway_v1_Finding__Output } from './causeway/v1/Finding.ts';
import type { Gue as _causeway_v1_Gue, Gue__Output as _causeway_v1_Gue__Output } from './causeway/v1/Gue.ts';
import type { HealthCheck as _causeway_v1_HealthCheck, HealthCheck__Output as _causeway_v1_HealthCheck__Output } from './causeway/v1/HealthCheck.ts';
import type { Hello as _causeway_v1_Hello, Hello__Output as _causeway_v1_Hello__Output } from './causeway/v1/Hello.ts';
import type { IpvsSettings as _causeway_v1_IpvsSettings, IpvsSettings__Output as _causeway_v1_IpvsSettings__Output } from './causeway/v1/IpvsSettings.ts';
import type { KeysSection as _causeway_v1_KeysSection, KeysSection__Output as _causeway_v1_KeysSection__Output } from './causeway/v1/KeysSection.ts';
import type { LatencyEntry as _causeway_v1_LatencyEntry, LatencyEntry__Output as _causeway_v1_LatencyEntry__Output } from './causeway/v1/LatencyEntry.ts';
import type { LoadReport as _causeway_v1_LoadReport, LoadReport__Output as _causeway_v1_LoadReport__Output } from './causeway/v1/LoadReport.ts';
import type { ObserveRequest as _causeway_v1_ObserveRequest, ObserveRequest__Output as _causeway_v1_ObserveRequest__Output } from './causeway/v1/ObserveRequest.ts';
import type { OperatorRights as _causeway_v1_OperatorRights, OperatorRights__Output as _causeway_v1_OperatorRights__Output } from './causeway/v1/OperatorRights.ts';
import type { OverrideSpec as _causeway_v1_OverrideSpec, OverrideSpec__Output as _causeway_v1_OverrideSpec__Output } from './causeway/v1/OverrideSpec.ts';
import type { PathReport as _causeway_v1_PathReport, PathReport__Output as _causeway_v1_PathReport__Output } from './causeway/v1/PathReport.ts';
import type { PeersClient as _causeway_v1_PeersClient, PeersDefinition as _causeway_v1_PeersDefinition } from './causeway/v1/Peers.ts';
import type { PersistencePrefix as _causeway_v1_PersistencePrefix, PersistencePrefix__Output as _causeway_v1_PersistencePrefix__Output } from './causeway/v1/PersistencePrefix.ts';
import type { PortCheck as _causeway_v1_PortCheck, PortCheck__Output as _causeway_v1_PortCheck__Output } from './causeway/v1/PortCheck.ts';
import type { ProbeKey as _causeway_v1_ProbeKey, ProbeKey__Output as _causeway_v1_ProbeKey__Output } from './causeway/v1/ProbeKey.ts';
import type { ProbeSettings as _causeway_v1_ProbeSettings, ProbeSettings__Output as _causeway_v1_ProbeSettings__Output } from './causeway/v1/ProbeSettings.ts';
import type { Problem as _causeway_v1_Problem, Problem__Output as _causeway_v1_Problem__Output } from './causeway/v1/Problem.ts';
import type { RealServerHost as _causeway_v1_RealServerHost, RealServerHost__Output as _causeway_v1_RealServerHost__Output } from './causeway/v1/RealServerHost.ts';
import type { RealServerService as _causeway_v1_RealServerService, RealServerService__Output as _causeway_v1_RealServerService__Output } from './causeway/v1/RealServerService.ts';
import type { RealServerSnapshot as _causeway_v1_RealServerSnapshot, RealServerSnapshot__Output as _causeway_v1_RealServerSnapshot__Output } from './causeway/v1/RealServerSnapshot.ts';
import type { RealServerSpec as _causeway_v1_RealServerSpec, RealServerSpec__Output as _causeway_v1_RealServerSpec__Output } from './causeway/v1/RealServerSpec.ts';
import type { Refuse as _causeway_v1_Refuse, Refuse__Output as _causeway_v1_Refuse__Output } from './causeway/v1/Refuse.ts';
import type { RemovalLimit as _causeway_v1_RemovalLimit, RemovalLimit__Output as _causeway_v1_RemovalLimit__Output } from './causeway/v1/RemovalLimit.ts';
import type { RenewRequest as _causeway_v1_RenewRequest, RenewRequest__Output as _causeway_v1_RenewRequest__Output } from './causeway/v1/RenewRequest.ts';
import type { RenewResponse as _causeway_v1_RenewResponse, RenewResponse__Output as _causeway_v1_RenewResponse__Output } from './causeway/v1/RenewResponse.ts';
import type { Report as _causeway_v1_Report, Report__Output as _causeway_v1_Report__Output } from './causeway/v1/Report.ts';
import type { ReportChanges as _causeway_v1_ReportChanges, ReportChanges__Output as _causeway_v1_ReportChanges__Output } from './causeway/v1/ReportChanges.ts';
import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from './causeway/v1/Resource.ts';
import type { ReturnPathReport as _causeway_v1_ReturnPathReport, ReturnPathReport__Output as _causeway_v1_ReturnPathReport__Output } from './causeway/v1/ReturnPathReport.ts';
import type { RttSample as _causeway_v1_RttSample, RttSample__Output as _causeway_v1_RttSample__Output } from './causeway/v1/RttSample.ts';
import type { SchedulerFlags as _causeway_v1_SchedulerFlags, SchedulerFlags__Output as _causeway_v1_SchedulerFlags__Output } from './causeway/v1/SchedulerFlags.ts';
import type { Section as _causeway_v1_Section, Section__Output as _causeway_v1_Section__Output } from './causeway/v1/Section.ts';
import type { ServersOfSite as _causeway_v1_ServersOfSite, ServersOfSite__Output as _causeway_v1_ServersOfSite__Output } from './causeway/v1/ServersOfSite.ts';
import type { ServicePort as _causeway_v1_ServicePort, ServicePort__Output as _causeway_v1_ServicePort__Output } from './causeway/v1/ServicePort.ts';
import type { ServiceSection as _causeway_v1_ServiceSection, ServiceSection__Output as _causeway_v1_ServiceSection__Output } from './causeway/v1/ServiceSection.ts';
import type { ServiceSpec as _causeway_v1_ServiceSpec, ServiceSpec__Output as _causeway_v1_ServiceSpec__Output } from './causeway/v1/ServiceSpec.ts';
import type { ServiceTuning as _causeway_v1_ServiceTuning, ServiceTuning__Output as _causeway_v1_ServiceTuning__Output } from './causeway/v1/ServiceTuning.ts';
import type { SettingsSpec as _causeway_v1_SettingsSpec, SettingsSpec__Output as _causeway_v1_SettingsSpec__Output } from './causeway/v1/SettingsSpec.ts';
import type { SiteDigest as _causeway_v1_SiteDigest, SiteDigest__Output as _causeway_v1_SiteDigest__Output } from './causeway/v1/SiteDigest.ts';
import type { SiteSpec as _causeway_v1_SiteSpec, SiteSpec__Output as _causeway_v1_SiteSpec__Output } from './causeway/v1/SiteSpec.ts';
import type { Snapshot as _causeway_v1_Snapshot, Snapshot__Output as _causeway_v1_Snapshot__Output } from './causeway/v1/Snapshot.ts';
import type { SnapshotDelta as _causeway_v1_SnapshotDelta, SnapshotDelta__Output as _causeway_v1_SnapshotDelta__Output } from './causeway/v1/SnapshotDelta.ts';
import type { SnapshotDestination as _causeway_v1_SnapshotDestination, SnapshotDestination__Output as _causeway_v1_SnapshotDestination__Output } from './causeway/v1/SnapshotDestination.ts';
import type { SnapshotDirector as _causeway_v1_SnapshotDirector, SnapshotDirector__Output as _causeway_v1_SnapshotDirector__Output } from './causeway/v1/SnapshotDirector.ts';
import type { SnapshotRealServer as _causeway_v1_SnapshotRealServer, SnapshotRealServer__Output as _causeway_v1_SnapshotRealServer__Output } from './causeway/v1/SnapshotRealServer.ts';
import type { Splice as _causeway_v1_Splice, Splice__Output as _causeway_v1_Splice__Output } from './causeway/v1/Splice.ts';
import type { StatusRange as _causeway_v1_StatusRange, StatusRange__Output as _causeway_v1_StatusRange__Output } from './causeway/v1/StatusRange.ts';
import type { Thresholds as _causeway_v1_Thresholds, Thresholds__Output as _causeway_v1_Thresholds__Output } from './causeway/v1/Thresholds.ts';
import type { VipPort as _causeway_v1_VipPort, VipPort__Output as _causeway_v1_VipPort__Output } from './causeway/v1/VipPort.ts';
import type { Welcome as _causeway_v1_Welcome, Welcome__Output as _causeway_v1_Welcome__Output } from './causeway/v1/Welcome.ts';
import type { WholeReport as _causeway_v1_WholeReport, WholeReport__Output as _causeway_v1_WholeReport__Output } from './causeway/v1/WholeReport.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  causeway: {
    v1: {
      Acknowledge: MessageTypeDefinition<_causeway_v1_Acknowledge, _causeway_v1_Acknowledge__Output>
      AgentDigest: MessageTypeDefinition<_causeway_v1_AgentDigest, _causeway_v1_AgentDigest__Output>
      AgentMessage: MessageTypeDefinition<_causeway_v1_AgentMessage, _causeway_v1_AgentMessage__Output>
      AgentName: MessageTypeDefinition<_causeway_v1_AgentName, _causeway_v1_AgentName__Output>
      Agents: SubtypeConstructor<typeof grpc.Client, _causeway_v1_AgentsClient> & { service: _causeway_v1_AgentsDefinition }
      ApplicationReport: MessageTypeDefinition<_causeway_v1_ApplicationReport, _causeway_v1_ApplicationReport__Output>
      Asked: MessageTypeDefinition<_causeway_v1_Asked, _causeway_v1_Asked__Output>
      CheckTls: MessageTypeDefinition<_causeway_v1_CheckTls, _causeway_v1_CheckTls__Output>
      ChoiceReport: MessageTypeDefinition<_causeway_v1_ChoiceReport, _causeway_v1_ChoiceReport__Output>
      Choices: MessageTypeDefinition<_causeway_v1_Choices, _causeway_v1_Choices__Output>
      CollectingSection: MessageTypeDefinition<_causeway_v1_CollectingSection, _causeway_v1_CollectingSection__Output>
      Collector: MessageTypeDefinition<_causeway_v1_Collector, _causeway_v1_Collector__Output>
      CollectorsSection: MessageTypeDefinition<_causeway_v1_CollectorsSection, _causeway_v1_CollectorsSection__Output>
      CoordinatorMessage: MessageTypeDefinition<_causeway_v1_CoordinatorMessage, _causeway_v1_CoordinatorMessage__Output>
      DeletedServices: MessageTypeDefinition<_causeway_v1_DeletedServices, _causeway_v1_DeletedServices__Output>
      Denial: MessageTypeDefinition<_causeway_v1_Denial, _causeway_v1_Denial__Output>
      DeniedCertificates: MessageTypeDefinition<_causeway_v1_DeniedCertificates, _causeway_v1_DeniedCertificates__Output>
      DestinationName: MessageTypeDefinition<_causeway_v1_DestinationName, _causeway_v1_DestinationName__Output>
      DestinationReport: MessageTypeDefinition<_causeway_v1_DestinationReport, _causeway_v1_DestinationReport__Output>
      DirectorService: MessageTypeDefinition<_causeway_v1_DirectorService, _causeway_v1_DirectorService__Output>
      DirectorSnapshot: MessageTypeDefinition<_causeway_v1_DirectorSnapshot, _causeway_v1_DirectorSnapshot__Output>
      DirectorsSection: MessageTypeDefinition<_causeway_v1_DirectorsSection, _causeway_v1_DirectorsSection__Output>
      Examination: MessageTypeDefinition<_causeway_v1_Examination, _causeway_v1_Examination__Output>
      FailingEnd: MessageTypeDefinition<_causeway_v1_FailingEnd, _causeway_v1_FailingEnd__Output>
      Finding: MessageTypeDefinition<_causeway_v1_Finding, _causeway_v1_Finding__Output>
      Gue: MessageTypeDefinition<_causeway_v1_Gue, _causeway_v1_Gue__Output>
      HealthCheck: MessageTypeDefinition<_causeway_v1_HealthCheck, _causeway_v1_HealthCheck__Output>
      Hello: MessageTypeDefinition<_causeway_v1_Hello, _causeway_v1_Hello__Output>
      IpvsSettings: MessageTypeDefinition<_causeway_v1_IpvsSettings, _causeway_v1_IpvsSettings__Output>
      KeysSection: MessageTypeDefinition<_causeway_v1_KeysSection, _causeway_v1_KeysSection__Output>
      LatencyEntry: MessageTypeDefinition<_causeway_v1_LatencyEntry, _causeway_v1_LatencyEntry__Output>
      LoadReport: MessageTypeDefinition<_causeway_v1_LoadReport, _causeway_v1_LoadReport__Output>
      ObserveRequest: MessageTypeDefinition<_causeway_v1_ObserveRequest, _causeway_v1_ObserveRequest__Output>
      OperatorRights: MessageTypeDefinition<_causeway_v1_OperatorRights, _causeway_v1_OperatorRights__Output>
      OverrideSpec: MessageTypeDefinition<_causeway_v1_OverrideSpec, _causeway_v1_OverrideSpec__Output>
      PathReport: MessageTypeDefinition<_causeway_v1_PathReport, _causeway_v1_PathReport__Output>
      Peers: SubtypeConstructor<typeof grpc.Client, _causeway_v1_PeersClient> & { service: _causeway_v1_PeersDefinition }
      PersistencePrefix: MessageTypeDefinition<_causeway_v1_PersistencePrefix, _causeway_v1_PersistencePrefix__Output>
      PortCheck: MessageTypeDefinition<_causeway_v1_PortCheck, _causeway_v1_PortCheck__Output>
      ProbeKey: MessageTypeDefinition<_causeway_v1_ProbeKey, _causeway_v1_ProbeKey__Output>
      ProbeSettings: MessageTypeDefinition<_causeway_v1_ProbeSettings, _causeway_v1_ProbeSettings__Output>
      Problem: MessageTypeDefinition<_causeway_v1_Problem, _causeway_v1_Problem__Output>
      RealServerHost: MessageTypeDefinition<_causeway_v1_RealServerHost, _causeway_v1_RealServerHost__Output>
      RealServerService: MessageTypeDefinition<_causeway_v1_RealServerService, _causeway_v1_RealServerService__Output>
      RealServerSnapshot: MessageTypeDefinition<_causeway_v1_RealServerSnapshot, _causeway_v1_RealServerSnapshot__Output>
      RealServerSpec: MessageTypeDefinition<_causeway_v1_RealServerSpec, _causeway_v1_RealServerSpec__Output>
      Refuse: MessageTypeDefinition<_causeway_v1_Refuse, _causeway_v1_Refuse__Output>
      RemovalLimit: MessageTypeDefinition<_causeway_v1_RemovalLimit, _causeway_v1_RemovalLimit__Output>
      RenewRequest: MessageTypeDefinition<_causeway_v1_RenewRequest, _causeway_v1_RenewRequest__Output>
      RenewResponse: MessageTypeDefinition<_causeway_v1_RenewResponse, _causeway_v1_RenewResponse__Output>
      Report: MessageTypeDefinition<_causeway_v1_Report, _causeway_v1_Report__Output>
      ReportChanges: MessageTypeDefinition<_causeway_v1_ReportChanges, _causeway_v1_ReportChanges__Output>
      Resource: MessageTypeDefinition<_causeway_v1_Resource, _causeway_v1_Resource__Output>
      ReturnPathReport: MessageTypeDefinition<_causeway_v1_ReturnPathReport, _causeway_v1_ReturnPathReport__Output>
      RttSample: MessageTypeDefinition<_causeway_v1_RttSample, _causeway_v1_RttSample__Output>
      SchedulerFlags: MessageTypeDefinition<_causeway_v1_SchedulerFlags, _causeway_v1_SchedulerFlags__Output>
      Section: MessageTypeDefinition<_causeway_v1_Section, _causeway_v1_Section__Output>
      ServersOfSite: MessageTypeDefinition<_causeway_v1_ServersOfSite, _causeway_v1_ServersOfSite__Output>
      ServicePort: MessageTypeDefinition<_causeway_v1_ServicePort, _causeway_v1_ServicePort__Output>
      ServiceSection: MessageTypeDefinition<_causeway_v1_ServiceSection, _causeway_v1_ServiceSection__Output>
      ServiceSpec: MessageTypeDefinition<_causeway_v1_ServiceSpec, _causeway_v1_ServiceSpec__Output>
      ServiceTuning: MessageTypeDefinition<_causeway_v1_ServiceTuning, _causeway_v1_ServiceTuning__Output>
      SettingsSpec: MessageTypeDefinition<_causeway_v1_SettingsSpec, _causeway_v1_SettingsSpec__Output>
      SiteDigest: MessageTypeDefinition<_causeway_v1_SiteDigest, _causeway_v1_SiteDigest__Output>
      SiteSpec: MessageTypeDefinition<_causeway_v1_SiteSpec, _causeway_v1_SiteSpec__Output>
      Snapshot: MessageTypeDefinition<_causeway_v1_Snapshot, _causeway_v1_Snapshot__Output>
      SnapshotDelta: MessageTypeDefinition<_causeway_v1_SnapshotDelta, _causeway_v1_SnapshotDelta__Output>
      SnapshotDestination: MessageTypeDefinition<_causeway_v1_SnapshotDestination, _causeway_v1_SnapshotDestination__Output>
      SnapshotDirector: MessageTypeDefinition<_causeway_v1_SnapshotDirector, _causeway_v1_SnapshotDirector__Output>
      SnapshotRealServer: MessageTypeDefinition<_causeway_v1_SnapshotRealServer, _causeway_v1_SnapshotRealServer__Output>
      Splice: MessageTypeDefinition<_causeway_v1_Splice, _causeway_v1_Splice__Output>
      StatusRange: MessageTypeDefinition<_causeway_v1_StatusRange, _causeway_v1_StatusRange__Output>
      Thresholds: MessageTypeDefinition<_causeway_v1_Thresholds, _causeway_v1_Thresholds__Output>
      VipPort: MessageTypeDefinition<_causeway_v1_VipPort, _causeway_v1_VipPort__Output>
      Welcome: MessageTypeDefinition<_causeway_v1_Welcome, _causeway_v1_Welcome__Output>
      WholeReport: MessageTypeDefinition<_causeway_v1_WholeReport, _causeway_v1_WholeReport__Output>
    }
  }
}

