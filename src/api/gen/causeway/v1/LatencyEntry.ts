// Original file: proto/causeway/v1/types.proto


export interface LatencyEntry {
  'from'?: (string);
  'to'?: (string);
  'p50Us'?: (number);
  'p90Us'?: (number);
  'loss'?: (number | string);
}

export interface LatencyEntry__Output {
  'from': (string);
  'to': (string);
  'p50Us': (number);
  'p90Us': (number);
  'loss': (number);
}
