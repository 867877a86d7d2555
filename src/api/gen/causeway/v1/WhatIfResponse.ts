// Original file: proto/causeway/v1/admin.proto

import type { WhatIfFlow as _causeway_v1_WhatIfFlow, WhatIfFlow__Output as _causeway_v1_WhatIfFlow__Output } from '../../causeway/v1/WhatIfFlow.ts';
import type { WhatIfSite as _causeway_v1_WhatIfSite, WhatIfSite__Output as _causeway_v1_WhatIfSite__Output } from '../../causeway/v1/WhatIfSite.ts';
import type { Long } from '@grpc/proto-loader';

export interface WhatIfResponse {
  'flows'?: (_causeway_v1_WhatIfFlow)[];
  'sites'?: (_causeway_v1_WhatIfSite)[];
  'movedMilli'?: (number | string | Long);
  'demandMilli'?: (number | string | Long);
  'ticks'?: (number);
  'waitTicks'?: (number);
  'seconds'?: (number);
  'settled'?: (boolean);
  'sentences'?: (string)[];
}

export interface WhatIfResponse__Output {
  'flows': (_causeway_v1_WhatIfFlow__Output)[];
  'sites': (_causeway_v1_WhatIfSite__Output)[];
  'movedMilli': (number);
  'demandMilli': (number);
  'ticks': (number);
  'waitTicks': (number);
  'seconds': (number);
  'settled': (boolean);
  'sentences': (string)[];
}
