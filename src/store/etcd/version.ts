/** Which etcd Causeway is tested with: before it, watches and leases had faults that nobody can make up for from outside. */

export const oldestEtcd = '3.5.30';

/** `3.5.9` is older than `3.5.30`; what is no version is not. */
export function isOlder(version: string, than = oldestEtcd): boolean {
  const numbers = (text: string): number[] => text.split('-')[0]?.split('.').map(Number) ?? [];
  const [found, wanted] = [numbers(version), numbers(than)];
  const differs = wanted.findIndex((one, index) => found[index] !== one);
  return differs !== -1 && (found[differs] ?? 0) < (wanted[differs] ?? 0);
}
