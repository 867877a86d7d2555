// Original file: proto/causeway/v1/admin.proto


export interface ReturnPathStatus {
  'site'?: (string);
  'vip'?: (string);
  'state'?: (string);
  'proved'?: (number);
  'refuted'?: (number);
  'unknown'?: (number);
  'refutedAt'?: (string)[];
  'unheardBy'?: (string)[];
}

export interface ReturnPathStatus__Output {
  'site': (string);
  'vip': (string);
  'state': (string);
  'proved': (number);
  'refuted': (number);
  'unknown': (number);
  'refutedAt': (string)[];
  'unheardBy': (string)[];
}
