// Which VIPs a director leaves alone on its own host.
import { expect, test } from 'vitest';
import { takenVip } from '../../../agents/director/taken-vip.ts';
import type { Route } from '../../../src/domain/host-state.ts';

const stray = (link: string, table = 255): Route => ({
  family: 'ipv4',
  table,
  type: 'local',
  destination: '192.0.2.10/32',
  link,
});

test('its own address is none', () => {
  expect(takenVip(['192.0.2.10', '10.1.0.2'], '10.1.0.2', [])).toMatch(
    /^the VIP 10\.1\.0\.2 is this director's own address: .*give the service another VIP/,
  );
});

test('nor is one that this host serves as a real server', () => {
  expect(takenVip(['192.0.2.10'], '10.1.0.2', [stray('eth0'), stray('cw-ipip')])).toMatch(
    /real server of 192\.0\.2\.10\/32 on cw-ipip: .*causeway-realserver --cleanup/,
  );
});

test('one that is merely local on a card is moved, not refused', () => {
  expect(takenVip(['192.0.2.10'], '10.1.0.2', [stray('eth0'), stray('eth1', 100)])).toBeUndefined();
});
