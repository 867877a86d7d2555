/** The READMEs say exactly what is written on a host: their lists are the plan's. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ownNames } from '../../agents/realserver/own-names.ts';
import { probeMark, probeSlotLimit } from '../../src/domain/probe.ts';
import { tunnelTypeNames } from '../../src/domain/tunnel.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { directorSnapshot, realServerSnapshot } from './snapshots.ts';
import { directorWrites, plainFacts, realServerWrites } from './writes.ts';

function readme(agent: string): string {
  return readFileSync(new URL(`../../agents/${agent}/README.md`, import.meta.url), 'utf8');
}

function listed(text: string, name: string): string[] | undefined {
  return new RegExp(`<!-- writes:${name} -->\n\`\`\`text\n(.*?)\n\`\`\``, 's').exec(text)?.[1]?.split('\n');
}

describe('director', () => {
  const text = readme('director');

  test('what it writes', () => {
    expect(listed(text, 'sample')).toEqual(directorWrites(directorSnapshot()));
  });

  test('every setting that any snapshot may touch is named', () => {
    const [service] = directorSnapshot().services;
    const [realServer] = directorSnapshot().realServers;
    if (service === undefined || realServer === undefined) throw new Error('the sample is empty');
    const all = directorSnapshot({
      services: [{ ...service, scheduler: 'mh', vips: ['192.0.2.10', '2001:db8::1'] }],
      realServers: [{ ...realServer, forwarding: 'masquerade' }],
    });
    for (const line of directorWrites(all)) {
      const name = /^set sysctl (?:net\.ipv4\.vs\.)?(\S+)/.exec(line)?.[1];
      if (name !== undefined) expect(text).toContain(name);
    }
  });

  test('the marks', () => {
    expect(text).toContain(`0x${probeMark(1).toString(16)} to 0x${probeMark(probeSlotLimit).toString(16)}`);
  });
});

describe('real server', () => {
  const text = readme('realserver');
  const direct = [{ name: 'fra-d1', address: '10.1.0.2', forwarding: 'direct' }] as const;

  test('what it writes', () => {
    expect(listed(text, 'tunnel')).toEqual(realServerWrites(realServerSnapshot()));
    expect(listed(text, 'direct')).toEqual(realServerWrites(realServerSnapshot({ directors: direct })));
  });

  test('every name that any snapshot may give is named here, and asked about at the start', () => {
    const asked = [...ownNames.links, ...ownNames.nft].map(({ name }) => name);
    for (const tunnel of tunnelTypeNames) {
      for (const address of ['10.1.0.11', '2001:db8::11']) {
        for (const directors of [direct, realServerSnapshot().directors]) {
          const [service] = realServerSnapshot().services;
          if (service === undefined) throw new Error('the sample is empty');
          const services = [{ ...service, vips: ['192.0.2.10', '2001:db8::10'] }];
          const snapshot = realServerSnapshot({ tunnel, directors, services });
          const host = realServerHost(snapshot, plainFacts(address));
          for (const { name } of [...host.links, ...host.nft]) {
            expect(asked).toContain(name);
            expect(text).toContain(name);
          }
        }
      }
    }
  });
});
