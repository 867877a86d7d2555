// Original file: proto/causeway/v1/admin.proto


export interface ExplainResponse {
  'json'?: (string);
  'sentences'?: (string)[];
}

export interface ExplainResponse__Output {
  'json': (string);
  'sentences': (string)[];
}
