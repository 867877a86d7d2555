import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planPrograms } from '../../src/lab/programs.ts';
import { parseScenario, type Scenario } from '../../src/lab/scenario.ts';
import { planTopology } from '../../src/lab/topology.ts';
import { smallScenarioText } from './story.ts';

const places = { dist: '/dist', run: '/run/lab', etcd: '/cache/etcd' };

function scenarioWith(from: string, to: string): Scenario {
  const { scenario, mistakes } = parseScenario(smallScenarioText.replace(from, to), 's.yaml');
  if (scenario === undefined) throw new Error(JSON.stringify(mistakes));
  return scenario;
}

function programsOf(scenario: Scenario, host: string) {
  return planPrograms(scenario, planTopology(scenario), places).filter(({ namespace }) => namespace === host);
}

describe('a control plane in several sites', () => {
  const scenario = scenarioWith(
    'coordinators: 1 }\n  - { name: par, directors: 1, realServers: 1 }',
    'coordinators: 1, etcd: 1 }\n  - { name: par, directors: 1, realServers: 1, coordinators: 1, etcd: 1 }',
  );
  const configOf = (host: string): unknown => parse(programsOf(scenario, host).at(-1)?.config?.text ?? '');

  it('begins with etcd, and each coordinator asks the member of its own site first', () => {
    const kinds = planPrograms(scenario, planTopology(scenario), places).map(({ kind }) => kind);
    expect(kinds.slice(0, 5)).toEqual(['etcd', 'etcd', 'coordinator', 'coordinator', 'director']);
    expect(configOf('par-c1')).toMatchObject({
      site: 'par',
      advertise: '10.2.201.2:7400',
      etcd: ['http://10.2.211.2:2379', 'http://10.1.211.2:2379'],
    });
  });

  it('is known to every agent, the coordinator of its own site first', () => {
    expect(configOf('par-d1')).toMatchObject({ coordinators: ['10.2.201.2:7400', '10.1.201.2:7400'] });
  });

  it('has clocks of its own where these are to be set', () => {
    const [coordinator] = programsOf(
      scenarioWith(
        'kind: stop-application, host: ams-r1',
        'kind: clock, programs: [coordinators], aheadSeconds: 60',
      ),
      'ams-c1',
    );
    expect(coordinator?.argv).toEqual([
      ...['env', 'CAUSEWAY_LAB_CLOCK=/run/lab/load/ams-c1.clock', process.execPath],
      ...['--require', expect.stringMatching(/clock\.cjs$/), '/dist/causeway-coordinator.mjs'],
      ...['--config', '/run/lab/config/ams-c1.yaml'],
    ]);
  });

  it('has members that know each other', () => {
    const { argv = [] } = programsOf(scenario, 'par-e1')[0] ?? {};
    expect(argv[0]).toBe('/cache/etcd');
    expect(argv[argv.indexOf('--initial-cluster') + 1]).toBe(
      'ams-e1=http://10.1.211.2:2380,par-e1=http://10.2.211.2:2380',
    );
    expect(argv[argv.indexOf('--data-dir') + 1]).toBe('/run/lab/state/par-e1');
  });
});

describe('an executable in place of the bundles', () => {
  const programs = planPrograms(scenarioWith('', ''), planTopology(scenarioWith('', '')), {
    ...places,
    executable: '/dist/bin/causeway-0.1.0-linux-x64',
  });
  const ofCauseway = programs.filter(({ kind }) => ['coordinator', 'director', 'realserver'].includes(kind));

  it('is called by the name of each program, in a place where another can be put', () => {
    expect(ofCauseway.length).toBeGreaterThan(3);
    for (const { kind, name, argv } of ofCauseway)
      expect(argv).toEqual([`/run/lab/bin/causeway-${kind}`, '--config', `/run/lab/config/${name}.yaml`]);
  });
});

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
