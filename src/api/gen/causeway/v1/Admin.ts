// Original file: proto/causeway/v1/admin.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyRequest as _causeway_v1_ApplyRequest, ApplyRequest__Output as _causeway_v1_ApplyRequest__Output } from '../../causeway/v1/ApplyRequest.ts';
import type { ApplyResponse as _causeway_v1_ApplyResponse, ApplyResponse__Output as _causeway_v1_ApplyResponse__Output } from '../../causeway/v1/ApplyResponse.ts';
import type { BackupRequest as _causeway_v1_BackupRequest, BackupRequest__Output as _causeway_v1_BackupRequest__Output } from '../../causeway/v1/BackupRequest.ts';
import type { BackupResponse as _causeway_v1_BackupResponse, BackupResponse__Output as _causeway_v1_BackupResponse__Output } from '../../causeway/v1/BackupResponse.ts';
import type { DeleteRequest as _causeway_v1_DeleteRequest, DeleteRequest__Output as _causeway_v1_DeleteRequest__Output } from '../../causeway/v1/DeleteRequest.ts';
import type { DeleteResponse as _causeway_v1_DeleteResponse, DeleteResponse__Output as _causeway_v1_DeleteResponse__Output } from '../../causeway/v1/DeleteResponse.ts';
import type { DenyRequest as _causeway_v1_DenyRequest, DenyRequest__Output as _causeway_v1_DenyRequest__Output } from '../../causeway/v1/DenyRequest.ts';
import type { DenyResponse as _causeway_v1_DenyResponse, DenyResponse__Output as _causeway_v1_DenyResponse__Output } from '../../causeway/v1/DenyResponse.ts';
import type { DiffRequest as _causeway_v1_DiffRequest, DiffRequest__Output as _causeway_v1_DiffRequest__Output } from '../../causeway/v1/DiffRequest.ts';
import type { DiffResponse as _causeway_v1_DiffResponse, DiffResponse__Output as _causeway_v1_DiffResponse__Output } from '../../causeway/v1/DiffResponse.ts';
import type { ExplainRequest as _causeway_v1_ExplainRequest, ExplainRequest__Output as _causeway_v1_ExplainRequest__Output } from '../../causeway/v1/ExplainRequest.ts';
import type { ExplainResponse as _causeway_v1_ExplainResponse, ExplainResponse__Output as _causeway_v1_ExplainResponse__Output } from '../../causeway/v1/ExplainResponse.ts';
import type { GetRequest as _causeway_v1_GetRequest, GetRequest__Output as _causeway_v1_GetRequest__Output } from '../../causeway/v1/GetRequest.ts';
import type { HistoryRequest as _causeway_v1_HistoryRequest, HistoryRequest__Output as _causeway_v1_HistoryRequest__Output } from '../../causeway/v1/HistoryRequest.ts';
import type { HistoryResponse as _causeway_v1_HistoryResponse, HistoryResponse__Output as _causeway_v1_HistoryResponse__Output } from '../../causeway/v1/HistoryResponse.ts';
import type { ListRequest as _causeway_v1_ListRequest, ListRequest__Output as _causeway_v1_ListRequest__Output } from '../../causeway/v1/ListRequest.ts';
import type { ListResponse as _causeway_v1_ListResponse, ListResponse__Output as _causeway_v1_ListResponse__Output } from '../../causeway/v1/ListResponse.ts';
import type { PlanRequest as _causeway_v1_PlanRequest, PlanRequest__Output as _causeway_v1_PlanRequest__Output } from '../../causeway/v1/PlanRequest.ts';
import type { PlanResponse as _causeway_v1_PlanResponse, PlanResponse__Output as _causeway_v1_PlanResponse__Output } from '../../causeway/v1/PlanResponse.ts';
import type { Resource as _causeway_v1_Resource, Resource__Output as _causeway_v1_Resource__Output } from '../../causeway/v1/Resource.ts';
import type { RollbackRequest as _causeway_v1_RollbackRequest, RollbackRequest__Output as _causeway_v1_RollbackRequest__Output } from '../../causeway/v1/RollbackRequest.ts';
import type { RollbackResponse as _causeway_v1_RollbackResponse, RollbackResponse__Output as _causeway_v1_RollbackResponse__Output } from '../../causeway/v1/RollbackResponse.ts';
import type { RotateProbeKeysRequest as _causeway_v1_RotateProbeKeysRequest, RotateProbeKeysRequest__Output as _causeway_v1_RotateProbeKeysRequest__Output } from '../../causeway/v1/RotateProbeKeysRequest.ts';
import type { RotateProbeKeysResponse as _causeway_v1_RotateProbeKeysResponse, RotateProbeKeysResponse__Output as _causeway_v1_RotateProbeKeysResponse__Output } from '../../causeway/v1/RotateProbeKeysResponse.ts';
import type { StatusRequest as _causeway_v1_StatusRequest, StatusRequest__Output as _causeway_v1_StatusRequest__Output } from '../../causeway/v1/StatusRequest.ts';
import type { StatusResponse as _causeway_v1_StatusResponse, StatusResponse__Output as _causeway_v1_StatusResponse__Output } from '../../causeway/v1/StatusResponse.ts';
import type { WatchEvent as _causeway_v1_WatchEvent, WatchEvent__Output as _causeway_v1_WatchEvent__Output } from '../../causeway/v1/WatchEvent.ts';
import type { WatchRequest as _causeway_v1_WatchRequest, WatchRequest__Output as _causeway_v1_WatchRequest__Output } from '../../causeway/v1/WatchRequest.ts';
import type { WhatIfRequest as _causeway_v1_WhatIfRequest, WhatIfRequest__Output as _causeway_v1_WhatIfRequest__Output } from '../../causeway/v1/WhatIfRequest.ts';
import type { WhatIfResponse as _causeway_v1_WhatIfResponse, WhatIfResponse__Output as _causeway_v1_WhatIfResponse__Output } from '../../causeway/v1/WhatIfResponse.ts';

export interface AdminClient extends grpc.Client {
  Apply(argument: _causeway_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _causeway_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _causeway_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _causeway_v1_ApplyRequest, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _causeway_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _causeway_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _causeway_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _causeway_v1_ApplyRequest, callback: grpc.requestCallback<_causeway_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  Backup(argument: _causeway_v1_BackupRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  Backup(argument: _causeway_v1_BackupRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  Backup(argument: _causeway_v1_BackupRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  Backup(argument: _causeway_v1_BackupRequest, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  backup(argument: _causeway_v1_BackupRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  backup(argument: _causeway_v1_BackupRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  backup(argument: _causeway_v1_BackupRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  backup(argument: _causeway_v1_BackupRequest, callback: grpc.requestCallback<_causeway_v1_BackupResponse__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _causeway_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _causeway_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _causeway_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _causeway_v1_DeleteRequest, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _causeway_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _causeway_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _causeway_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _causeway_v1_DeleteRequest, callback: grpc.requestCallback<_causeway_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  
  Deny(argument: _causeway_v1_DenyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  Deny(argument: _causeway_v1_DenyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  Deny(argument: _causeway_v1_DenyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  Deny(argument: _causeway_v1_DenyRequest, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  deny(argument: _causeway_v1_DenyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  deny(argument: _causeway_v1_DenyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  deny(argument: _causeway_v1_DenyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  deny(argument: _causeway_v1_DenyRequest, callback: grpc.requestCallback<_causeway_v1_DenyResponse__Output>): grpc.ClientUnaryCall;
  
  Diff(argument: _causeway_v1_DiffRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _causeway_v1_DiffRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _causeway_v1_DiffRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _causeway_v1_DiffRequest, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _causeway_v1_DiffRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _causeway_v1_DiffRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _causeway_v1_DiffRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _causeway_v1_DiffRequest, callback: grpc.requestCallback<_causeway_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  
  Explain(argument: _causeway_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _causeway_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _causeway_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _causeway_v1_ExplainRequest, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _causeway_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _causeway_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _causeway_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _causeway_v1_ExplainRequest, callback: grpc.requestCallback<_causeway_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _causeway_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  Get(argument: _causeway_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  Get(argument: _causeway_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  Get(argument: _causeway_v1_GetRequest, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  get(argument: _causeway_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  get(argument: _causeway_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  get(argument: _causeway_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  get(argument: _causeway_v1_GetRequest, callback: grpc.requestCallback<_causeway_v1_Resource__Output>): grpc.ClientUnaryCall;
  
  History(argument: _causeway_v1_HistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  History(argument: _causeway_v1_HistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  History(argument: _causeway_v1_HistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  History(argument: _causeway_v1_HistoryRequest, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  history(argument: _causeway_v1_HistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  history(argument: _causeway_v1_HistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  history(argument: _causeway_v1_HistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  history(argument: _causeway_v1_HistoryRequest, callback: grpc.requestCallback<_causeway_v1_HistoryResponse__Output>): grpc.ClientUnaryCall;
  
  List(argument: _causeway_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _causeway_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _causeway_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _causeway_v1_ListRequest, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _causeway_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _causeway_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _causeway_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _causeway_v1_ListRequest, callback: grpc.requestCallback<_causeway_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  
  Plan(argument: _causeway_v1_PlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  Plan(argument: _causeway_v1_PlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  Plan(argument: _causeway_v1_PlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  Plan(argument: _causeway_v1_PlanRequest, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  plan(argument: _causeway_v1_PlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  plan(argument: _causeway_v1_PlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  plan(argument: _causeway_v1_PlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  plan(argument: _causeway_v1_PlanRequest, callback: grpc.requestCallback<_causeway_v1_PlanResponse__Output>): grpc.ClientUnaryCall;
  
  Rollback(argument: _causeway_v1_RollbackRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  Rollback(argument: _causeway_v1_RollbackRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  Rollback(argument: _causeway_v1_RollbackRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  Rollback(argument: _causeway_v1_RollbackRequest, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  rollback(argument: _causeway_v1_RollbackRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  rollback(argument: _causeway_v1_RollbackRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  rollback(argument: _causeway_v1_RollbackRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  rollback(argument: _causeway_v1_RollbackRequest, callback: grpc.requestCallback<_causeway_v1_RollbackResponse__Output>): grpc.ClientUnaryCall;
  
  RotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  RotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  RotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  RotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  rotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  rotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  rotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  rotateProbeKeys(argument: _causeway_v1_RotateProbeKeysRequest, callback: grpc.requestCallback<_causeway_v1_RotateProbeKeysResponse__Output>): grpc.ClientUnaryCall;
  
  Status(argument: _causeway_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _causeway_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _causeway_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _causeway_v1_StatusRequest, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _causeway_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _causeway_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _causeway_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _causeway_v1_StatusRequest, callback: grpc.requestCallback<_causeway_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _causeway_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_WatchEvent__Output>;
  Watch(argument: _causeway_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_WatchEvent__Output>;
  watch(argument: _causeway_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_WatchEvent__Output>;
  watch(argument: _causeway_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_causeway_v1_WatchEvent__Output>;
  
  WhatIf(argument: _causeway_v1_WhatIfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _causeway_v1_WhatIfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _causeway_v1_WhatIfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _causeway_v1_WhatIfRequest, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _causeway_v1_WhatIfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _causeway_v1_WhatIfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _causeway_v1_WhatIfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _causeway_v1_WhatIfRequest, callback: grpc.requestCallback<_causeway_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AdminHandlers extends grpc.UntypedServiceImplementation {
  Apply: grpc.handleUnaryCall<_causeway_v1_ApplyRequest__Output, _causeway_v1_ApplyResponse>;
  
  Backup: grpc.handleUnaryCall<_causeway_v1_BackupRequest__Output, _causeway_v1_BackupResponse>;
  
  Delete: grpc.handleUnaryCall<_causeway_v1_DeleteRequest__Output, _causeway_v1_DeleteResponse>;
  
  Deny: grpc.handleUnaryCall<_causeway_v1_DenyRequest__Output, _causeway_v1_DenyResponse>;
  
  Diff: grpc.handleUnaryCall<_causeway_v1_DiffRequest__Output, _causeway_v1_DiffResponse>;
  
  Explain: grpc.handleUnaryCall<_causeway_v1_ExplainRequest__Output, _causeway_v1_ExplainResponse>;
  
  Get: grpc.handleUnaryCall<_causeway_v1_GetRequest__Output, _causeway_v1_Resource>;
  
  History: grpc.handleUnaryCall<_causeway_v1_HistoryRequest__Output, _causeway_v1_HistoryResponse>;
  
  List: grpc.handleUnaryCall<_causeway_v1_ListRequest__Output, _causeway_v1_ListResponse>;
  
  Plan: grpc.handleUnaryCall<_causeway_v1_PlanRequest__Output, _causeway_v1_PlanResponse>;
  
  Rollback: grpc.handleUnaryCall<_causeway_v1_RollbackRequest__Output, _causeway_v1_RollbackResponse>;
  
  RotateProbeKeys: grpc.handleUnaryCall<_causeway_v1_RotateProbeKeysRequest__Output, _causeway_v1_RotateProbeKeysResponse>;
  
  Status: grpc.handleUnaryCall<_causeway_v1_StatusRequest__Output, _causeway_v1_StatusResponse>;
  
  Watch: grpc.handleServerStreamingCall<_causeway_v1_WatchRequest__Output, _causeway_v1_WatchEvent>;
  
  WhatIf: grpc.handleUnaryCall<_causeway_v1_WhatIfRequest__Output, _causeway_v1_WhatIfResponse>;
  
}

export interface AdminDefinition extends grpc.ServiceDefinition {
  Apply: MethodDefinition<_causeway_v1_ApplyRequest, _causeway_v1_ApplyResponse, _causeway_v1_ApplyRequest__Output, _causeway_v1_ApplyResponse__Output>
  Backup: MethodDefinition<_causeway_v1_BackupRequest, _causeway_v1_BackupResponse, _causeway_v1_BackupRequest__Output, _causeway_v1_BackupResponse__Output>
  Delete: MethodDefinition<_causeway_v1_DeleteRequest, _causeway_v1_DeleteResponse, _causeway_v1_DeleteRequest__Output, _causeway_v1_DeleteResponse__Output>
  Deny: MethodDefinition<_causeway_v1_DenyRequest, _causeway_v1_DenyResponse, _causeway_v1_DenyRequest__Output, _causeway_v1_DenyResponse__Output>
  Diff: MethodDefinition<_causeway_v1_DiffRequest, _causeway_v1_DiffResponse, _causeway_v1_DiffRequest__Output, _causeway_v1_DiffResponse__Output>
  Explain: MethodDefinition<_causeway_v1_ExplainRequest, _causeway_v1_ExplainResponse, _causeway_v1_ExplainRequest__Output, _causeway_v1_ExplainResponse__Output>
  Get: MethodDefinition<_causeway_v1_GetRequest, _causeway_v1_Resource, _causeway_v1_GetRequest__Output, _causeway_v1_Resource__Output>
  History: MethodDefinition<_causeway_v1_HistoryRequest, _causeway_v1_HistoryResponse, _causeway_v1_HistoryRequest__Output, _causeway_v1_HistoryResponse__Output>
  List: MethodDefinition<_causeway_v1_ListRequest, _causeway_v1_ListResponse, _causeway_v1_ListRequest__Output, _causeway_v1_ListResponse__Output>
  Plan: MethodDefinition<_causeway_v1_PlanRequest, _causeway_v1_PlanResponse, _causeway_v1_PlanRequest__Output, _causeway_v1_PlanResponse__Output>
  Rollback: MethodDefinition<_causeway_v1_RollbackRequest, _causeway_v1_RollbackResponse, _causeway_v1_RollbackRequest__Output, _causeway_v1_RollbackResponse__Output>
  RotateProbeKeys: MethodDefinition<_causeway_v1_RotateProbeKeysRequest, _causeway_v1_RotateProbeKeysResponse, _causeway_v1_RotateProbeKeysRequest__Output, _causeway_v1_RotateProbeKeysResponse__Output>
  Status: MethodDefinition<_causeway_v1_StatusRequest, _causeway_v1_StatusResponse, _causeway_v1_StatusRequest__Output, _causeway_v1_StatusResponse__Output>
  Watch: MethodDefinition<_causeway_v1_WatchRequest, _causeway_v1_WatchEvent, _causeway_v1_WatchRequest__Output, _causeway_v1_WatchEvent__Output>
  WhatIf: MethodDefinition<_causeway_v1_WhatIfRequest, _causeway_v1_WhatIfResponse, _causeway_v1_WhatIfRequest__Output, _causeway_v1_WhatIfResponse__Output>
}
