// Original file: proto/causeway/v1/types.proto

import type { ChoiceReport as _causeway_v1_ChoiceReport, ChoiceReport__Output as _causeway_v1_ChoiceReport__Output } from '../../causeway/v1/ChoiceReport.ts';

export interface Choices {
  'services'?: (_causeway_v1_ChoiceReport)[];
}

export interface Choices__Output {
  'services': (_causeway_v1_ChoiceReport__Output)[];
}
