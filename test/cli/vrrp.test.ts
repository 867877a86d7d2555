import { expect, test } from 'vitest';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { settled } from './status.fixture.ts';

const admin = fakeCoordinator(settled);
const director = settled.agents.find(({ role }) => role === 'director');
await admin.apply([{ kind: 'Site', name: director?.site ?? '', tunnel: 'ipip', announce: 'vrrp' }], {
  force: false,
});

test('vrrp prints keepalived’s configuration for a director, as it is registered', async () => {
  const { status, out, err } = await run(`vrrp ${director?.name} --interface eth0 --router-id 7`, { admin });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toContain(`unicast_src_ip ${director?.address}\n`);
  expect(out).toContain('virtual_router_id 7\n');
  expect(out).toContain(`${settled.services[0]?.vips[0]}/32 dev eth0`);
});

test('vrrp says so where the site does not leave its VIPs to keepalived yet, and prints it all the same', async () => {
  const own = fakeCoordinator(settled);
  const asked = () => run(`vrrp ${director?.name} --interface eth0`, { admin: own });
  const said = `warning: Site/${director?.site}: spec.announce: found link, expected vrrp: until then each of its directors answers for the VIPs itself\n`;
  for (const announce of [undefined, 'link', 'vrrp'] as const) {
    const site = { kind: 'Site', name: director?.site ?? '', tunnel: 'ipip' } as const;
    await own.apply([announce === undefined ? site : { ...site, announce }], { force: false });
    const { status, out, err } = await asked();
    expect(status).toBe(0);
    expect(out).toContain('vrrp_instance');
    expect(err).toBe(announce === 'vrrp' ? '' : said);
  }
});

test.each([
  ['vrrp nobody --interface eth0', 1, 'no director nobody is known'],
  [`vrrp ${director?.name}`, 2, "required option '--interface <NAME>' not specified"],
  [
    `vrrp ${director?.name} --interface eth0 --router-id 256`,
    2,
    'found "256", expected a number from 1 to 255',
  ],
])('%s: exit status %i', async (line, expected, words) => {
  const { status, err } = await run(line, { admin });
  expect(err).toContain(words);
  expect(status).toBe(expected);
});
