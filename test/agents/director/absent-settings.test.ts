import { expect, test } from 'vitest';
import { absentSettings } from '../../../agents/director/absent-settings.ts';
import { emptyHostState } from '../../../src/domain/host-state.ts';

test('what this kernel has not is left out and named; what cannot be read is tried', async () => {
  const absent = await absentSettings({
    async sysctl(name) {
      if (name === 'ipvs.timeout.udp') throw new Error('no answer');
      return name === 'net.ipv4.vs.conn_max' ? undefined : '1';
    },
  });
  const sysctls = [
    'net.ipv4.vs.conn_max',
    'ipvs.timeout.udp',
    'net.ipv4.vs.conntrack',
    'net.ipv4.ip_forward',
  ].map((name) => ({ name, value: '1' }));
  expect(absent.without({ ...emptyHostState, sysctls }).sysctls).toEqual(sysctls.slice(1));
  expect(absent.trouble({ connMax: 1, conntrack: 1 })).toContain('this kernel has no connMax, which');
  expect(absent.trouble({ udpTimeoutSeconds: 1 })).toBeUndefined();
  expect(absent.trouble(undefined)).toBeUndefined();
});
