// Original file: proto/causeway/v1/types.proto

import type { SiteSpec as _causeway_v1_SiteSpec, SiteSpec__Output as _causeway_v1_SiteSpec__Output } from '../../causeway/v1/SiteSpec.ts';
import type { ServiceSpec as _causeway_v1_ServiceSpec, ServiceSpec__Output as _causeway_v1_ServiceSpec__Output } from '../../causeway/v1/ServiceSpec.ts';
import type { RealServerSpec as _causeway_v1_RealServerSpec, RealServerSpec__Output as _causeway_v1_RealServerSpec__Output } from '../../causeway/v1/RealServerSpec.ts';
import type { OverrideSpec as _causeway_v1_OverrideSpec, OverrideSpec__Output as _causeway_v1_OverrideSpec__Output } from '../../causeway/v1/OverrideSpec.ts';
import type { SettingsSpec as _causeway_v1_SettingsSpec, SettingsSpec__Output as _causeway_v1_SettingsSpec__Output } from '../../causeway/v1/SettingsSpec.ts';

export interface Resource {
  'name'?: (string);
  'site'?: (_causeway_v1_SiteSpec | null);
  'service'?: (_causeway_v1_ServiceSpec | null);
  'realServer'?: (_causeway_v1_RealServerSpec | null);
  'override'?: (_causeway_v1_OverrideSpec | null);
  'settings'?: (_causeway_v1_SettingsSpec | null);
  'spec'?: "site"|"service"|"realServer"|"override"|"settings";
}

export interface Resource__Output {
  'name': (string);
  'site'?: (_causeway_v1_SiteSpec__Output | null);
  'service'?: (_causeway_v1_ServiceSpec__Output | null);
  'realServer'?: (_causeway_v1_RealServerSpec__Output | null);
  'override'?: (_causeway_v1_OverrideSpec__Output | null);
  'settings'?: (_causeway_v1_SettingsSpec__Output | null);
  'spec'?: "site"|"service"|"realServer"|"override"|"settings";
}
