// Original file: proto/causeway/v1/peers.proto


export interface RttSample {
  'from'?: (string);
  'to'?: (string);
  'p50Us'?: (number);
  'p90Us'?: (number);
  'loss'?: (number | string);
  'answered'?: (number);
}

export interface RttSample__Output {
  'from': (string);
  'to': (string);
  'p50Us': (number);
  'p90Us': (number);
  'loss': (number);
  'answered': (number);
}
