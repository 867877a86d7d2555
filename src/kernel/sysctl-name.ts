/**
 * What a kernel setting is called: dotted, as sysctl(8) spells it. A `/` in the name stands for a dot, so that the settings of
 * VLAN `eth0.100` are named like `net.ipv4.conf.eth0/100.rp_filter`.
 */
import { CausewayError } from '../domain/error.ts';

/** The interface whose setting this is, or undefined. `all` and `default` are no interfaces. */
export function linkOfSysctl(name: string): string | undefined {
  const match = /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\.[^.]+$/.exec(name);
  const link = match?.[1]?.replaceAll('/', '.');
  return link === 'all' || link === 'default' ? undefined : link;
}

/** Path below /proc/sys: dots and slashes of the name change places. Throws `invalid` for what would leave the tree. */
export function sysctlPath(name: string): string {
  const path = name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
  const parts = path.split('/');
  if (name.includes('\0') || parts.length < 2 || parts.some((part) => part === '' || /^\.+$/.test(part))) {
    throw new CausewayError({
      code: 'invalid',
      operation: 'find sysctl',
      subject: JSON.stringify(name),
      message:
        'a sysctl is named like net.ipv4.conf.cw-ipip.rp_filter, with / for a dot in an interface name',
    });
  }
  return path;
}

/** A setting of one interface, or of `all` or `default`. */
export function linkSysctl(family: 'ipv4' | 'ipv6', link: string, setting: string): string {
  return `net.${family}.conf.${link.replaceAll('.', '/')}.${setting}`;
}
