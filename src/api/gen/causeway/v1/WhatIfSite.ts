// Original file: proto/causeway/v1/admin.proto

import type { SiteUse as _causeway_v1_SiteUse, SiteUse__Output as _causeway_v1_SiteUse__Output } from '../../causeway/v1/SiteUse.ts';

export interface WhatIfSite {
  'site'?: (string);
  'services'?: (string)[];
  'before'?: (_causeway_v1_SiteUse | null);
  'after'?: (_causeway_v1_SiteUse | null);
}

export interface WhatIfSite__Output {
  'site': (string);
  'services': (string)[];
  'before': (_causeway_v1_SiteUse__Output | null);
  'after': (_causeway_v1_SiteUse__Output | null);
}
