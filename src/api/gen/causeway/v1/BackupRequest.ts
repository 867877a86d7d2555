// Original file: proto/causeway/v1/admin.proto


export interface BackupRequest {
}

export interface BackupRequest__Output {
}
