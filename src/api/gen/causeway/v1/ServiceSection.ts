// Original file: proto/causeway/v1/types.proto

import type { DirectorService as _causeway_v1_DirectorService, DirectorService__Output as _causeway_v1_DirectorService__Output } from '../../causeway/v1/DirectorService.ts';

export interface ServiceSection {
  'part'?: (number);
  'service'?: (_causeway_v1_DirectorService | null);
}

export interface ServiceSection__Output {
  'part': (number);
  'service': (_causeway_v1_DirectorService__Output | null);
}
