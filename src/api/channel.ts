/** How every connection of ours behaves: found dead in 8 s, never through a web proxy, room for large snapshots. */
import type { ChannelOptions } from '@grpc/grpc-js';
import { adminLimits, agentLimits } from './wire-bounds.ts';

/** A whole site's snapshot is some MB; gRPC's own limit is 4. What anybody may send to a coordinator, `wire-bounds.ts` says. */
const messageLimitBytes = 64 << 20;

const common: ChannelOptions = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_send_message_length': messageLimitBytes,
};

export const serverOptions: ChannelOptions = {
  ...common,
  // Also of what is inflated, before it is read.
  'grpc.max_receive_message_length': Math.max(agentLimits.bytes, adminLimits.bytes),
  // One that does not even speak HTTP/2 answers no keepalive either, and is closed after 8 s.
  'grpc.max_connection_idle_ms': 300_000,
  // An agent has one stream, an admin client a few.
  'grpc.max_concurrent_streams': 100,
};

export const clientOptions: ChannelOptions = {
  ...common,
  'grpc.max_receive_message_length': messageLimitBytes,
  // Coordinators are inside; an http_proxy of the environment leads elsewhere.
  'grpc.enable_http_proxy': 0,
  // Each client has its own connection: one that just failed would otherwise hold back the next attempt.
  'grpc.use_local_subchannel_pool': 1,
};

/** `host:port` as gRPC's target. An address is marked as one: gRPC would else set up a DNS resolver for it, at each start. */
export function channelTarget(endpoint: string): string {
  if (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(endpoint)) return `ipv4:${endpoint}`;
  return endpoint.startsWith('[') ? `ipv6:${endpoint}` : endpoint;
}
