// Original file: proto/causeway/v1/types.proto


export interface RemovalLimit {
  'servicesPermille'?: (number);
  'destinationsPermille'?: (number);
  '_servicesPermille'?: "servicesPermille";
  '_destinationsPermille'?: "destinationsPermille";
}

export interface RemovalLimit__Output {
  'servicesPermille'?: (number);
  'destinationsPermille'?: (number);
  '_servicesPermille'?: "servicesPermille";
  '_destinationsPermille'?: "destinationsPermille";
}
