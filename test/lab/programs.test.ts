import { describe, expect, it } from 'vitest';
import { planPrograms } from '../../src/lab/programs.ts';
import { parseScenario, type Scenario } from '../../src/lab/scenario.ts';
import { planTopology } from '../../src/lab/topology.ts';
import { smallScenarioText } from './story.ts';

const places = { dist: '/dist', run: '/run/lab' };

function scenarioWith(from: string, to: string): Scenario {
  const { scenario, mistakes } = parseScenario(smallScenarioText.replace(from, to), 's.yaml');
  if (scenario === undefined) throw new Error(JSON.stringify(mistakes));
  return scenario;
}

function programsOf(scenario: Scenario, host: string) {
  return planPrograms(scenario, planTopology(scenario), places).filter(({ namespace }) => namespace === host);
}

describe('the programs of a real server', () => {
  it('are what listens for the agent, nginx, and then the agent', () => {
    const programs = programsOf(scenarioWith('', ''), 'ams-r1');
    expect(programs.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'holder ams-r1 holder',
      'app ams-r1 app',
      'realserver ams-r1',
    ]);
    expect(programs[0]?.argv).toEqual(['perl', expect.stringMatching(/hold-port\.pl$/), '7483']);
    expect(programs[1]?.argv).toEqual([
      ...['nginx', '-p', '/run/lab/app/ams-r1', '-c', '/run/lab/app/ams-r1/nginx.conf'],
    ]);
    expect(programs[1]?.config?.path).toBe('/run/lab/app/ams-r1/nginx.conf');
  });

  it('answer datagrams from the VIP where the load sends some', () => {
    const scenario = scenarioWith('longLived: 1 }', 'longLived: 1, udp: { port: 5300 } }');
    expect(programsOf(scenario, 'ams-r1').find(({ name }) => name === 'ams-r1 udp app')?.argv).toEqual([
      ...['perl', expect.stringMatching(/udp-app\.pl$/), 'ams-r1', 'ams', '192.0.2.10', '5300'],
    ]);
    expect(programsOf(scenario, 'ams-client')[0]?.argv.slice(2)).toEqual([
      ...['192.0.2.10', '80', '/', 'new=5', 'longLived=1', 'intervalMs=250', 'holdMs=0'],
      ...['udpPort=5300', 'udpNew=1', 'udpLongLived=1'],
    ]);
  });

  it('tell how full they are where stages change what they can carry', () => {
    const scenario = scenarioWith(
      'faults:\n  - { name: app, kind: stop-application, host: ams-r1 }',
      'stages:\n  - { name: calm, settleSeconds: 1, seconds: 1 }',
    );
    expect(programsOf(scenario, 'ams-r1')[1]?.argv).toEqual(
      expect.arrayContaining(['/dist/lab-app.mjs', '--load-file', '/run/lab/load/ams-r1']),
    );
  });
});
