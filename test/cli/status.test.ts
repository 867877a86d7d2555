import { describe, expect, it } from 'vitest';
import { statusText } from '../../src/cli/status-text.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { nowMs, run } from './fake-io.ts';
import { status } from './status.fixture.ts';

describe('status', () => {
  it('begins with what needs attention, then agents, services, latency', () => {
    expect(statusText(status, nowMs)).toBe(
      [
        'Coordinator fra-c1, up for 5 min, revision 12',
        '',
        'Needs attention:',
        '  realserver nyc-s1: not connected, last seen 12 s ago',
        '  director fra-d1: path to nyc-s1 down for 5 s',
        '  realserver fra-s1: refuses version 7: add link cw-ipip: EEXIST somebody else has it',
        '  realserver fra-s1: web unhealthy for 3 s: connection refused',
        '  service web: withdrawn at nyc, where too little of it is usable',
        '',
        'AGENT   ROLE        SITE  ADDRESS    CONNECTION     STATE    WANTED  APPLIED',
        'fra-d1  director    fra   10.1.0.2   connected      applied  7       7',
        'fra-s1  realserver  fra   10.1.0.11  connected      refused  7       6',
        'nyc-s1  realserver  nyc   10.3.0.11  lost 12 s ago  pending  5       4',
        '',
        'SERVICE  VIPS        PORTS   HEALTHY  UNSUPERVISED',
        'web      192.0.2.10  80/tcp  0/2      -',
        '',
        'ORDERED DRAINED  OF SERVICE  STATE     CONNECTIONS',
        'fra-s1           web         draining  12',
        'nyc-s1           web         drained   -',
        '',
        'RTT P50, MS  FRA  NYC',
        'fra          0.2  82.1 (1.5% lost)',
        'nyc          -    0.2',
        '',
      ].join('\n'),
    );
  });

  it('tells whose kernel is not as it took it over, who is silent, what serves in part and what rests on old words', () => {
    const [director, server] = status.agents;
    const [web] = status.services;
    if (director === undefined || server === undefined || web === undefined) throw new Error('all are there');
    const text = statusText(
      {
        ...status,
        agents: [
          { ...director, fault: 'add link: EPERM', reportAgeMs: 1_000 },
          { ...server, refusal: '', appliedVersion: 7, reportAgeMs: 240_000 },
        ],
        services: [{ ...web, realServers: 9, healthy: 5, partly: 2, old: { count: 3, ageMs: 240_000 } }],
      },
      nowMs,
    );
    expect(text).toMatch(/^fra-d1 .* connected +failing +7 +7$/m);
    expect(text).toMatch(/^fra-s1 .* silent for 4 min +applied +7 +7$/m);
    expect(text).toMatch(/^web .* 5\/9 \(2 partly\), 3 by words 4 min old +-$/m);
  });

  it('says which datagrams reach every real server whole, where a service has UDP ports', () => {
    const [web] = status.services;
    if (web === undefined) throw new Error('it is there');
    const dns = { ...web, name: 'dns', ports: ['53/udp'], udpBytes: { ipv4: 1_452, ipv6: 1_432 } };
    const text = statusText({ ...status, services: [dns, web] }, nowMs);
    expect(text).toMatch(/^SERVICE .* UNSUPERVISED +UDP UP TO$/m);
    expect(text).toMatch(/^dns .* - +1452, 1432$/m);
    expect(text).toMatch(/^web .* - +-$/m);
  });

  it('says whose words it shows of agents that are connected elsewhere, and how old they are', () => {
    const parts = [
      { coordinator: 'ams-c1', site: 'ams', ageMs: 900 },
      { coordinator: 'lon-c1', site: 'lon', ageMs: 140_000 },
    ];
    const text = statusText({ ...status, parts }, nowMs);
    expect(text).toContain('\nAlso told: ams by ams-c1, 0 s ago; lon by lon-c1, 2 min ago\n');
  });

  it('tells of return paths, and what does not get out', () => {
    const path = { proved: 0, refuted: 0, unknown: 0, refutedAt: [], unheardBy: [] };
    const refuted = { ...path, site: 'fra', state: 'refuted' as const, refuted: 1 };
    const returnPaths = [
      { ...refuted, vip: '192.0.2.10', refutedAt: ['fra-s1'], unheardBy: ['nyc-d1'] },
      { ...refuted, vip: '2001:db8::10', refutedAt: ['fra-s1'], unheardBy: ['nyc-d1'] },
      { ...path, site: 'nyc', vip: '192.0.2.10', state: 'proved' as const, proved: 1 },
    ];
    const text = statusText({ ...status, returnPaths }, nowMs);
    expect(text).toContain(
      '  site fra: what fra-s1 sends from 192.0.2.10, 2001:db8::10 does not get out: nyc-d1 hears the host itself, and nothing from there ' +
        '(a filter against foreign source addresses? docs/operating.md, return path)\n',
    );
    expect(text).toContain(
      [
        'RETURN PATH FROM  VIPS                      STATE    NOT HEARD',
        'fra               192.0.2.10, 2001:db8::10  refuted  fra-s1',
        'nyc               192.0.2.10                proved   -',
      ].join('\n'),
    );
  });

  it('of nothing yet', () => {
    const empty = { ...status, agents: [], services: [], drains: [], latency: [] };
    expect(statusText(empty, nowMs)).toContain('No agent has connected yet.\n\nNo service is declared.\n');
  });

  it('as JSON is the status itself', async () => {
    const { out } = await run('status --output json', { admin: fakeCoordinator(status) });
    expect(JSON.parse(out)).toEqual(status);
  });
});

describe('status --watch', () => {
  /** A clock whose timers fire at once, and which interrupts after so many of them. */
  function watched(line: string, rounds: number, terminal: boolean) {
    const interrupt = new AbortController();
    let left = rounds;
    const clock = {
      nowMs: () => nowMs,
      monotonicMs: () => 0,
      after: (_delayMs: number, fire: () => void) => {
        left -= 1;
        if (left === 0) queueMicrotask(() => interrupt.abort());
        else queueMicrotask(fire);
        return { cancel: () => {} };
      },
    };
    return run(line, {
      admin: fakeCoordinator(status),
      io: { clock, terminal, interruption: () => interrupt.signal },
    });
  }

  it('redraws a terminal until it is interrupted', async () => {
    const { status, out } = await watched('status --watch', 3, true);
    expect(status).toBe(0);
    expect(out.split('\u001b[H\u001b[2J').length - 1).toBe(3);
  });

  it('writes one JSON document a line', async () => {
    const { out } = await watched('status --watch --output json', 2, false);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).revision),
    ).toEqual([12, 12]);
  });
});
