// Original file: proto/causeway/v1/agents.proto


export interface WholeReport {
}

export interface WholeReport__Output {
}
