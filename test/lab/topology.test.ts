import { describe, expect, it } from 'vitest';
import { planTopology } from '../../src/lab/topology.ts';
import { netemLine, planBatches } from '../../src/lab/topology-batch.ts';
import { smallScenario } from './story.ts';

const topology = planTopology(smallScenario());
const batches = planBatches(topology);

function configured(namespace: string): string[] {
  return (
    batches.configure
      .find((batch) => batch.namespace === namespace)
      ?.text.trimEnd()
      .split('\n') ?? []
  );
}

describe('the topology', () => {
  it('has a namespace for every machine, and the WAN', () => {
    expect(topology.namespaces).toEqual([
      'wan',
      'ams-router',
      'par-router',
      'ams-d1',
      'ams-r1',
      'ams-r2',
      'ams-client',
      'ams-c1',
      'par-d1',
      'par-r1',
      'par-client',
    ]);
  });

  it('puts every host into a subnet of its own', () => {
    const subnets = topology.hosts.map(({ address }) => address.replace(/\.\d+$/, ''));
    expect(new Set(subnets).size).toBe(topology.hosts.length);
    expect(topology.hosts.find(({ name }) => name === 'par-r1')).toEqual({
      name: 'par-r1',
      role: 'realserver',
      site: 'par',
      address: '10.2.11.2',
      gateway: '10.2.11.1',
    });
  });

  it('puts the hosts of a site on one link where it says so', () => {
    const scenario = smallScenario();
    const sites = scenario.sites.map((site) => ({ ...site, sharedLink: site.name === 'ams' }));
    const shared = planTopology({ ...scenario, sites });
    expect(shared.hosts.filter(({ site }) => site === 'ams').map(({ address }) => address)).toEqual([
      '10.1.0.2',
      '10.1.0.11',
      '10.1.0.12',
      '10.1.0.101',
      '10.1.0.201',
    ]);
    expect(shared.bridges).toContainEqual({
      namespace: 'ams-router',
      device: 'lan',
      ports: ['ams-d1', 'ams-r1', 'ams-r2', 'ams-client', 'ams-c1'],
    });
    expect(
      shared.addresses.filter(({ namespace, device }) => namespace === 'ams-router' && device !== 'wan-par'),
    ).toEqual([{ namespace: 'ams-router', device: 'lan', address: '10.1.0.1/24' }]);
  });

  it('gives no two devices of a namespace one name, and none a name over 15 characters', () => {
    const ends = topology.wires
      .flatMap(({ a, b }) => [a, b])
      .map(({ namespace, device }) => `${namespace}/${device}`);
    expect(new Set(ends).size).toBe(ends.length);
    for (const { a, b } of topology.wires) {
      expect(a.device.length).toBeLessThanOrEqual(15);
      expect(b.device.length).toBeLessThanOrEqual(15);
    }
  });

  it('delays each direction of a circuit by half its round trip', () => {
    expect(topology.netem).toEqual([
      { namespace: 'wan', device: 'ams-par', delayMs: 5, loss: 0.01 },
      { namespace: 'wan', device: 'par-ams', delayMs: 5, loss: 0.01 },
    ]);
    expect(batches.netem).toEqual([
      {
        namespace: 'wan',
        text: 'qdisc add dev ams-par root netem delay 5000us loss 1%\nqdisc add dev par-ams root netem delay 5000us loss 1%\n',
      },
    ]);
    expect(netemLine('change', { device: 'x', delayMs: 60, loss: 0 })).toBe(
      'qdisc change dev x root netem delay 60000us',
    );
  });
});

describe('the batches', () => {
  it('configure a router: addresses, then links, then routes, the VIP to its own director', () => {
    expect(configured('par-router')).toEqual([
      'link set dev lo up',
      'address add 10.2.1.1/30 dev par-d1',
      'address add 10.2.11.1/30 dev par-r1',
      'address add 10.2.101.1/30 dev par-client',
      'address add 10.255.1.2/30 dev wan-ams',
      'link set dev par-d1 up',
      'link set dev par-r1 up',
      'link set dev par-client up',
      'link set dev wan-ams up',
      'route add 10.1.0.0/16 via 10.255.1.1',
      'route add 192.0.2.10/32 via 10.2.1.2',
    ]);
  });

  it('join both ends of a circuit by a bridge', () => {
    expect(configured('wan')).toEqual([
      'link set dev lo up',
      'link add name br1 type bridge',
      'link set dev ams-par master br1',
      'link set dev par-ams master br1',
      'link set dev ams-par up',
      'link set dev par-ams up',
      'link set dev br1 up',
    ]);
  });

  it('give the runner a way to the coordinator, in its own namespace', () => {
    expect(configured('')).toEqual(['address add 169.254.74.1/30 dev cw-lab1', 'link set dev cw-lab1 up']);
    expect(batches.wires).toContain(
      'link add name cw-lab1 mtu 1500 type veth peer name mgmt mtu 1500 netns ams-c1\n',
    );
  });
});
