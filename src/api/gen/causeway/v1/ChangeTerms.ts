// Original file: proto/causeway/v1/admin.proto

import type { Long } from '@grpc/proto-loader';

export interface ChangeTerms {
  'author'?: (string);
  'message'?: (string);
  'ifRevision'?: (number | string | Long);
  'allowRemoval'?: (boolean);
  '_ifRevision'?: "ifRevision";
}

export interface ChangeTerms__Output {
  'author': (string);
  'message': (string);
  'ifRevision'?: (number);
  'allowRemoval': (boolean);
  '_ifRevision'?: "ifRevision";
}
