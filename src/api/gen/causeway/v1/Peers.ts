// Original file: proto/causeway/v1/peers.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ObserveRequest as _causeway_v1_ObserveRequest, ObserveRequest__Output as _causeway_v1_ObserveRequest__Output } from '../../causeway/v1/ObserveRequest.ts';
import type { SiteDigest as _causeway_v1_SiteDigest, SiteDigest__Output as _causeway_v1_SiteDigest__Output } from '../../causeway/v1/SiteDigest.ts';

export interface PeersClient extends grpc.Client {
  Observe(argument: _causeway_v1_ObserveRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_SiteDigest__Output>;
  Observe(argument: _causeway_v1_ObserveRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_SiteDigest__Output>;
  observe(argument: _causeway_v1_ObserveRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_SiteDigest__Output>;
  observe(argument: _causeway_v1_ObserveRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_SiteDigest__Output>;
  
}

export interface PeersHandlers extends grpc.UntypedServiceImplementation {
  Observe: grpc.handleServerStreamingCall<_causeway_v1_ObserveRequest__Output, _causeway_v1_SiteDigest>;
  
}

export interface PeersDefinition extends grpc.ServiceDefinition {
  Observe: MethodDefinition<_causeway_v1_ObserveRequest, _causeway_v1_SiteDigest, _causeway_v1_ObserveRequest__Output, _causeway_v1_SiteDigest__Output>
}
