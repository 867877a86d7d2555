// Original file: proto/causeway/v1/admin.proto


export interface RotateProbeKeysRequest {
}

export interface RotateProbeKeysRequest__Output {
}
