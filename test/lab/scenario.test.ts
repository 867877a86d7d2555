import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultText } from '../../src/lab/fault-text.ts';
import {
  claimedVips,
  coordinatorNames,
  directorNames,
  etcdNames,
  labelsOf,
  parseScenario,
  realServerNames,
  setsClocks,
} from '../../src/lab/scenario.ts';
import { mistakeText } from '../../src/resource/mistake.ts';
import { smallScenario, smallScenarioText } from './story.ts';

function mistakesOf(text: string): string[] {
  return (parseScenario(text, 's.yaml').mistakes ?? []).map(mistakeText);
}

function changed(from: string, to: string): string {
  expect(smallScenarioText).toContain(from);
  return smallScenarioText.replace(from, to);
}

describe('a scenario file', () => {
  it('fills in what it leaves out', () => {
    const scenario = smallScenario();
    expect(scenario).toMatchObject({ mtu: 1_500, steadySeconds: 8, leaseSeconds: 10 });
    expect(scenario.sites[0]).toEqual({
      name: 'ams',
      directors: 1,
      realServers: 2,
      clients: 1,
      sharedLink: false,
      coordinators: 1,
      etcd: 0,
    });
    expect(scenario.expect).toMatchObject({ detectedWithinMs: 1_000, localShareAtLeast: 0.95 });
    expect(directorNames(scenario)).toEqual(['ams-d1', 'par-d1']);
    expect(realServerNames(scenario)).toEqual(['ams-r1', 'ams-r2', 'par-r1']);
  });

  it('carries its resources as further documents', () => {
    const scenario = smallScenario();
    expect(scenario.resources.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Site/ams',
      'Site/par',
      'Service/web',
    ]);
    expect(claimedVips(scenario)).toEqual([{ address: '192.0.2.10', sites: ['ams', 'par'] }]);
  });

  it('that `npm start` runs has no mistake', () => {
    const file = 'deploy/lab/three-sites.yaml';
    const { scenario } = parseScenario(readFileSync(file, 'utf8'), file);
    expect(scenario?.wan.map(({ rttMs }) => rttMs)).toEqual([14, 70, 82]);
    expect(scenario?.faults.map(({ kind }) => kind)).toEqual([
      'kill',
      'kill',
      'wan-rtt',
      'stop-application',
      'kill-host',
      'tunnel-down',
      'kill',
      'restart-agents',
      'kill-site-servers',
    ]);
  });

  it('has a control plane of three coordinators and their etcd, and what befalls it', () => {
    const file = 'deploy/lab/three-coordinators.yaml';
    const { scenario } = parseScenario(readFileSync(file, 'utf8'), file);
    expect(scenario && [...coordinatorNames(scenario), ...etcdNames(scenario)]).toEqual([
      ...['fra-c1', 'lon-c1', 'nyc-c1'],
      ...['fra-e1', 'lon-e1', 'nyc-e1'],
    ]);
    expect(scenario?.faults.map(faultText)).toEqual([
      'leader: SIGKILL; over after 5 s',
      'fra-e1, lon-e1: SIGKILL; over after 30 s',
      'nothing passes between fra and others; over after 30 s',
      'nothing passes between leader and etcd; over after 30 s',
      'nothing comes from fra-r2 or gets to it, while coordinators: SIGKILL',
    ]);
  });

  it('has a WAN and clocks that are only half wrong', () => {
    const file = 'deploy/lab/wan-faults.yaml';
    const { scenario } = parseScenario(readFileSync(file, 'utf8'), file);
    expect(scenario?.faults.map(faultText)).toEqual([
      '20 % of all packets between sites are lost; over after 30 s',
      'nothing passes from fra to others; over after 30 s',
      'nothing passes from fra to lon; over after 30 s',
      'leader: SIGSTOP; over after 30 s',
      'leader: SIGKILL; over after 5 s, while fra-c1: clock 86400 s ahead, while nyc-c1: clock -86400 s ahead',
    ]);
    expect(scenario && setsClocks(scenario)).toBe(true);
  });

  it('applies changes on the way, each on top of those before', () => {
    const file = 'deploy/lab/changes.yaml';
    const { scenario } = parseScenario(readFileSync(file, 'utf8'), file);
    expect([...(scenario?.changes.values() ?? [])]).toMatchObject([
      { kind: 'Site', name: 'lon', tunnel: 'gre' },
      { kind: 'Service', forwarding: 'tunnel', vips: ['192.0.2.10'] },
      { forwarding: 'tunnel', vips: ['192.0.2.20'], selector: { release: 'blue' } },
      { forwarding: 'tunnel', vips: ['192.0.2.30'] },
      { forwarding: 'tunnel', vips: ['192.0.2.30'], selector: { app: 'web', release: 'green' } },
    ]);
    expect(scenario && claimedVips(scenario).map(({ address }) => address)).toEqual([
      '192.0.2.10',
      '192.0.2.20',
      '192.0.2.30',
    ]);
    expect(scenario && labelsOf(scenario, 'lon-r2')).toEqual({ app: 'web', release: 'green' });
  });

  it.each([
    [
      'a change of something else',
      changed(
        '{ name: app, kind: stop-application, host: ams-r1 }',
        '{ name: x, kind: apply, resource: Site/rom, spec: {} }',
      ),
      's.yaml:13: faults[0].resource: found Site/rom, expected one of Site/ams, Site/par, Service/web',
    ],
    [
      'a change that may not be',
      changed(
        '{ name: app, kind: stop-application, host: ams-r1 }',
        '{ name: x, kind: apply, resource: Service/web, spec: { vips: [web] } }',
      ),
      's.yaml:13: faults[0].spec.vips[0]: found "web"',
    ],
    ['no YAML', changed('name: small', 'name: [small'), /^s\.yaml:\d+: .*no YAML/],
    ['an unknown key', changed('wan:', 'speed: 9\nwan:'), 's.yaml:8: speed: found an unknown key'],
    [
      'no coordinator',
      changed(', coordinators: 1', ''),
      's.yaml:6: sites: found no coordinator, expected a site with coordinators: 1',
    ],
    [
      'several coordinators that share nothing',
      changed('coordinators: 1', 'coordinators: 2'),
      'found 2 coordinators without an etcd, expected a site with etcd: 1, or one coordinator',
    ],
    [
      'the end of a program that is none',
      changed('kind: stop-application, host: ams-r1', 'kind: kill, programs: [ams-d1, par-c1]'),
      'faults[0].programs[1]: found "par-c1", expected one of coordinators, directors, realservers, ams-c1, ams-d1, par-d1,',
    ],
    [
      'a cut of nothing, while something else is wrong',
      changed('host: ams-r1', 'host: ams-r1, during: [{ kind: cut, between: [ams, etcd] }]'),
      'faults[0].during[0].between[1]: found "etcd", expected one of ams, par, others, coordinators, ams-c1',
    ],
    [
      'a site that is none',
      changed('between: [ams, par]', 'between: [ams, rom]'),
      'wan[0].between[1]: found "rom", expected one of ams, par',
    ],
    [
      'a pair that nothing joins',
      changed('[ams, par]', '[ams, ams]'),
      's.yaml:9: wan[0].between: found ams–ams, expected each pair of two sites once',
    ],
    [
      'an unknown fault',
      changed('stop-application', 'earthquake'),
      's.yaml:13: faults[0].kind: found "earthquake", expected one of stop-application',
    ],
    [
      'a host that is none',
      changed('host: ams-r1', 'host: ams-r7'),
      's.yaml:13: faults[0].host: found "ams-r7", expected one of ams-r1, ams-r2, par-r1',
    ],
    [
      'a director where a real server belongs',
      changed('host: ams-r1', 'host: ams-d1'),
      'faults[0].host: found "ams-d1"',
    ],
    [
      'a delay below 0',
      changed('rttMs: 10', 'rttMs: -1'),
      's.yaml:9: wan[0].rttMs: found -1, expected a number from 0 to 2000 ms',
    ],
    [
      'a name too long for a device',
      changed('name: par', 'name: amsterdam'),
      's.yaml:7: sites[1].name: found "amsterdam", expected a name of at most 7',
    ],
    [
      'a name that faults use otherwise',
      changed('name: par', 'name: leader'),
      's.yaml:7: sites[1].name: found "leader", expected a name that is none of leader,',
    ],
    [
      'a mistake in a resource, at its own line',
      changed('[192.0.2.10]', '[192.0.2.999]'),
      /^s\.yaml:28: spec\.vips\[0\]: found "192\.0\.2\.999"/,
    ],
  ])('with %s is refused, with the place', (_, text, expected) => {
    const mistakes = mistakesOf(text).join('\n');
    if (typeof expected === 'string') expect(mistakes).toContain(expected);
    else expect(mistakes).toMatch(expected);
  });

  it('that is empty is refused', () => {
    expect(mistakesOf('')).toEqual(['s.yaml: found nothing, expected a scenario']);
  });
});
