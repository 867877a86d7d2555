import { expect, test } from 'vitest';
import { type VrrpQuestion, vrrpFragment } from '../../src/plan/vrrp-fragment.ts';

const question: VrrpQuestion = {
  ...{ site: 'fra', director: 'fra-d2', link: 'eth0', routerId: 51 },
  directors: [
    { name: 'fra-d2', address: '10.1.0.3' },
    { name: 'fra-d1', address: '10.1.0.2' },
  ],
  vips: ['2001:db8::10', '192.0.2.11', '192.0.2.10', '203.0.113.0/28'],
};

test('VRRP alone: one VIP in the advertisement, the others with it, by the first director while it serves', () => {
  expect(vrrpFragment(question)).toBe(`\
# VRRP for the VIPs of site fra, on director fra-d2. No virtual_server: IPVS is Causeway's.
# The director has its VIPs on cw-director while it can serve something of them.
vrrp_script causeway_serves {
    script "/bin/sh -c 'ip -o address show dev cw-director scope global | grep -q inet'"
    user root
    interval 1
    timeout 2
    fall 1
    rise 2
    weight -100
}
vrrp_instance causeway_fra {
    version 3
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 145
    advert_int 0.3
    preempt_delay 5
    garp_master_delay 1
    garp_master_refresh 30
    unicast_src_ip 10.1.0.3
    unicast_peer {
        10.1.0.2
    }
    virtual_ipaddress {
        192.0.2.10/32 dev eth0
    }
    virtual_ipaddress_excluded {
        192.0.2.11/32 dev eth0
        2001:db8::10/128 dev eth0
    }
    track_script {
        causeway_serves
    }
}
`);
  expect(vrrpFragment({ ...question, director: 'fra-d1' })).toContain('priority 150\n');
});

test('of itself a router’s number is the same for all of a site, and within what VRRP allows', () => {
  const ids = ['fra', 'lon', 'a-very-long-name-of-a-site', ''].map((site) => {
    const { routerId: _, ...rest } = question;
    const numbers = ['fra-d1', 'fra-d2'].map(
      (director) => /virtual_router_id (\d+)/.exec(vrrpFragment({ ...rest, site, director }))?.[1],
    );
    expect(numbers[0]).toBe(numbers[1]);
    return Number(numbers[0]);
  });
  for (const id of ids) expect(id > 0 && id < 256).toBe(true);
});

test('what keepalived can’t do is refused by name', () => {
  expect(() => vrrpFragment({ ...question, director: 'lon-d1' })).toThrow('it is none of site fra');
  expect(() => vrrpFragment({ ...question, vips: ['2001:db8::10'] })).toThrow(
    'no VIP of IPv4, the family of its own address 10.1.0.3',
  );
});
