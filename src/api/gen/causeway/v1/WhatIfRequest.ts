// Original file: proto/causeway/v1/admin.proto

import type { WhatIfChange as _causeway_v1_WhatIfChange, WhatIfChange__Output as _causeway_v1_WhatIfChange__Output } from '../../causeway/v1/WhatIfChange.ts';

export interface WhatIfRequest {
  'changes'?: (_causeway_v1_WhatIfChange)[];
  'service'?: (string);
}

export interface WhatIfRequest__Output {
  'changes': (_causeway_v1_WhatIfChange__Output)[];
  'service': (string);
}
