// Original file: proto/causeway/v1/types.proto

import type { ProbeSettings as _causeway_v1_ProbeSettings, ProbeSettings__Output as _causeway_v1_ProbeSettings__Output } from '../../causeway/v1/ProbeSettings.ts';
import type { DeletedServices as _causeway_v1_DeletedServices, DeletedServices__Output as _causeway_v1_DeletedServices__Output } from '../../causeway/v1/DeletedServices.ts';
import type { ServersOfSite as _causeway_v1_ServersOfSite, ServersOfSite__Output as _causeway_v1_ServersOfSite__Output } from '../../causeway/v1/ServersOfSite.ts';
import type { ServiceSection as _causeway_v1_ServiceSection, ServiceSection__Output as _causeway_v1_ServiceSection__Output } from '../../causeway/v1/ServiceSection.ts';
import type { RealServerHost as _causeway_v1_RealServerHost, RealServerHost__Output as _causeway_v1_RealServerHost__Output } from '../../causeway/v1/RealServerHost.ts';
import type { RealServerService as _causeway_v1_RealServerService, RealServerService__Output as _causeway_v1_RealServerService__Output } from '../../causeway/v1/RealServerService.ts';
import type { DirectorsSection as _causeway_v1_DirectorsSection, DirectorsSection__Output as _causeway_v1_DirectorsSection__Output } from '../../causeway/v1/DirectorsSection.ts';
import type { Splice as _causeway_v1_Splice, Splice__Output as _causeway_v1_Splice__Output } from '../../causeway/v1/Splice.ts';
import type { KeysSection as _causeway_v1_KeysSection, KeysSection__Output as _causeway_v1_KeysSection__Output } from '../../causeway/v1/KeysSection.ts';
import type { DeniedCertificates as _causeway_v1_DeniedCertificates, DeniedCertificates__Output as _causeway_v1_DeniedCertificates__Output } from '../../causeway/v1/DeniedCertificates.ts';
import type { IpvsSettings as _causeway_v1_IpvsSettings, IpvsSettings__Output as _causeway_v1_IpvsSettings__Output } from '../../causeway/v1/IpvsSettings.ts';
import type { CollectingSection as _causeway_v1_CollectingSection, CollectingSection__Output as _causeway_v1_CollectingSection__Output } from '../../causeway/v1/CollectingSection.ts';
import type { CollectorsSection as _causeway_v1_CollectorsSection, CollectorsSection__Output as _causeway_v1_CollectorsSection__Output } from '../../causeway/v1/CollectorsSection.ts';

export interface Section {
  'path'?: (string);
  'hash'?: (string);
  'probe'?: (_causeway_v1_ProbeSettings | null);
  'deleted'?: (_causeway_v1_DeletedServices | null);
  'servers'?: (_causeway_v1_ServersOfSite | null);
  'service'?: (_causeway_v1_ServiceSection | null);
  'host'?: (_causeway_v1_RealServerHost | null);
  'carried'?: (_causeway_v1_RealServerService | null);
  'directors'?: (_causeway_v1_DirectorsSection | null);
  'isEdit'?: (boolean);
  'splices'?: (_causeway_v1_Splice)[];
  'keys'?: (_causeway_v1_KeysSection | null);
  'denied'?: (_causeway_v1_DeniedCertificates | null);
  'ipvs'?: (_causeway_v1_IpvsSettings | null);
  'collecting'?: (_causeway_v1_CollectingSection | null);
  'collectors'?: (_causeway_v1_CollectorsSection | null);
  'announce'?: (string);
  'content'?: "probe"|"deleted"|"servers"|"service"|"host"|"carried"|"directors"|"keys"|"denied"|"ipvs"|"collecting"|"collectors"|"announce";
}

export interface Section__Output {
  'path': (string);
  'hash': (string);
  'probe'?: (_causeway_v1_ProbeSettings__Output | null);
  'deleted'?: (_causeway_v1_DeletedServices__Output | null);
  'servers'?: (_causeway_v1_ServersOfSite__Output | null);
  'service'?: (_causeway_v1_ServiceSection__Output | null);
  'host'?: (_causeway_v1_RealServerHost__Output | null);
  'carried'?: (_causeway_v1_RealServerService__Output | null);
  'directors'?: (_causeway_v1_DirectorsSection__Output | null);
  'isEdit': (boolean);
  'splices': (_causeway_v1_Splice__Output)[];
  'keys'?: (_causeway_v1_KeysSection__Output | null);
  'denied'?: (_causeway_v1_DeniedCertificates__Output | null);
  'ipvs'?: (_causeway_v1_IpvsSettings__Output | null);
  'collecting'?: (_causeway_v1_CollectingSection__Output | null);
  'collectors'?: (_causeway_v1_CollectorsSection__Output | null);
  'announce'?: (string);
  'content'?: "probe"|"deleted"|"servers"|"service"|"host"|"carried"|"directors"|"keys"|"denied"|"ipvs"|"collecting"|"collectors"|"announce";
}
