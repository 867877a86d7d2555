// Original file: proto/causeway/v1/admin.proto


export interface ServiceStatus {
  'name'?: (string);
  'vips'?: (string)[];
  'ports'?: (string)[];
  'realServers'?: (number);
  'healthy'?: (number);
  'withdrawnAt'?: (string)[];
  'unsupervised'?: (number);
}

export interface ServiceStatus__Output {
  'name': (string);
  'vips': (string)[];
  'ports': (string)[];
  'realServers': (number);
  'healthy': (number);
  'withdrawnAt': (string)[];
  'unsupervised': (number);
}
