/** etcd's own client, for what only an operator does. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findEtcd } from '../../src/lab/etcd-programs.ts';
import type { EtcdCluster } from './cluster.ts';

const timeoutMs = 60_000;

/** Resolves with what it says; rejects where it fails. */
export async function etcdctl(
  { endpoints }: Pick<EtcdCluster, 'endpoints'>,
  words: readonly string[],
): Promise<string> {
  const argv = [`--endpoints=${endpoints.join(',')}`, ...words];
  const env = { ...process.env, ETCDCTL_API: '3' };
  return (await promisify(execFile)(findEtcd()?.etcdctl ?? '', argv, { timeout: timeoutMs, env })).stdout;
}
