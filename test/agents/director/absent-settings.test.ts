import { expect, test } from 'vitest';
import { absentSettings } from '../../../agents/director/absent-settings.ts';
import { emptyHostState } from '../../../src/domain/host-state.ts';

test('what was chosen and this kernel has not is left out and named; what cannot be read, and what Causeway itself needs, is tried', async () => {
  const absent = await absentSettings({
    async sysctl(name) {
      if (name === 'ipvs.timeout.udp') throw new Error('no answer');
      return ['net.ipv4.vs.conn_max', 'net.ipv4.vs.expire_nodest_conn'].includes(name) ? undefined : '1';
    },
  });
  const sysctls = [
    'net.ipv4.vs.conn_max',
    'ipvs.timeout.udp',
    'net.ipv4.vs.conntrack',
    'net.ipv4.ip_forward',
    'net.ipv4.vs.expire_nodest_conn',
  ].map((name) => ({ name, value: '1' }));
  const wanted = { ...emptyHostState, sysctls };
  expect(absent.without(wanted, { connMax: 1, conntrack: 1, udpTimeoutSeconds: 1 }).sysctls).toEqual(
    sysctls.slice(1),
  );
  expect(absent.without(wanted, undefined)).toBe(wanted);
  expect(absent.trouble({ connMax: 1, conntrack: 1 })).toContain('this kernel has no connMax, which');
  expect(absent.trouble({ udpTimeoutSeconds: 1 })).toBeUndefined();
  expect(absent.trouble(undefined)).toBeUndefined();
});
