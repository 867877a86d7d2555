// Original file: proto/causeway/v1/admin.proto


export interface BackupResponse {
  'text'?: (string);
}

export interface BackupResponse__Output {
  'text': (string);
}
