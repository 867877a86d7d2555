// Original file: proto/causeway/v1/agents.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentMessage as _causeway_v1_AgentMessage, AgentMessage__Output as _causeway_v1_AgentMessage__Output } from '../../causeway/v1/AgentMessage.ts';
import type { CoordinatorMessage as _causeway_v1_CoordinatorMessage, CoordinatorMessage__Output as _causeway_v1_CoordinatorMessage__Output } from '../../causeway/v1/CoordinatorMessage.ts';
import type { RenewRequest as _causeway_v1_RenewRequest, RenewRequest__Output as _causeway_v1_RenewRequest__Output } from '../../causeway/v1/RenewRequest.ts';
import type { RenewResponse as _causeway_v1_RenewResponse, RenewResponse__Output as _causeway_v1_RenewResponse__Output } from '../../causeway/v1/RenewResponse.ts';

export interface AgentsClient extends grpc.Client {
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_causeway_v1_AgentMessage, _causeway_v1_CoordinatorMessage__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_causeway_v1_AgentMessage, _causeway_v1_CoordinatorMessage__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_causeway_v1_AgentMessage, _causeway_v1_CoordinatorMessage__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_causeway_v1_AgentMessage, _causeway_v1_CoordinatorMessage__Output>;
  
  Renew(argument: _causeway_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _causeway_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _causeway_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _causeway_v1_RenewRequest, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _causeway_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _causeway_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _causeway_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _causeway_v1_RenewRequest, callback: grpc.requestCallback<_causeway_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AgentsHandlers extends grpc.UntypedServiceImplementation {
  Connect: grpc.handleBidiStreamingCall<_causeway_v1_AgentMessage__Output, _causeway_v1_CoordinatorMessage>;
  
  Renew: grpc.handleUnaryCall<_causeway_v1_RenewRequest__Output, _causeway_v1_RenewResponse>;
  
}

export interface AgentsDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_causeway_v1_AgentMessage, _causeway_v1_CoordinatorMessage, _causeway_v1_AgentMessage__Output, _causeway_v1_CoordinatorMessage__Output>
  Renew: MethodDefinition<_causeway_v1_RenewRequest, _causeway_v1_RenewResponse, _causeway_v1_RenewRequest__Output, _causeway_v1_RenewResponse__Output>
}
