// Original file: proto/causeway/v1/agents.proto


export interface DestinationName {
  'service'?: (string);
  'realServer'?: (string);
}

export interface DestinationName__Output {
  'service': (string);
  'realServer': (string);
}
