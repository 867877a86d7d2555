// Original file: proto/causeway/v1/types.proto


export interface SchedulerFlags {
  'fallback'?: (boolean);
  'port'?: (boolean);
}

export interface SchedulerFlags__Output {
  'fallback': (boolean);
  'port': (boolean);
}
