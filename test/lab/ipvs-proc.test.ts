import { describe, expect, it } from 'vitest';
import { carrying, parseWeights, weightsText } from '../../src/lab/ipvs-proc.ts';

const table = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C000020A:0050 wrr 
  -> 0A010C02:0050      Tunnel  0      0          12        
  -> 0A010B02:0050      Tunnel  100    3          41        
FWM  43570001 rr 
  -> 0A010B02:0000      Tunnel  1      0          0         
`;

describe('/proc/net/ip_vs', () => {
  const weights = parseWeights(table);

  it('gives the weight of each destination, probes left out', () => {
    expect([...weights]).toEqual([
      ['192.0.2.10:80 → 10.1.12.2:80', 0],
      ['192.0.2.10:80 → 10.1.11.2:80', 100],
    ]);
  });

  it.each([
    ['10.1.11.2', 1],
    ['10.1.12.2', 0],
    ['10.1.1.2', 0],
  ])('%s takes new connections of %i services', (address, count) => {
    expect(carrying(weights, [address])).toHaveLength(count);
  });

  it('compares whatever the order', () => {
    expect(weightsText(weights)).toBe('192.0.2.10:80 → 10.1.11.2:80 100\n192.0.2.10:80 → 10.1.12.2:80 0');
  });

  it('is empty where there is nothing', () => {
    expect(parseWeights('IP Virtual Server version 1.2.1 (size=4096)\n').size).toBe(0);
  });
});
