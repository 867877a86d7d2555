/** Whether what is said to an address stays on this host. */
import { canonicalAddress } from './address.ts';

export function isLoopback(address: string): boolean {
  const canonical = canonicalAddress(address);
  return canonical === '::1' || /^127\.[\d.]+$/.test(canonical ?? '');
}
