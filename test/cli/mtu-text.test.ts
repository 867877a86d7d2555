import { expect, it } from 'vitest';
import { mtuText } from '../../src/cli/mtu-text.ts';
import type { Status } from '../../src/domain/status.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { status } from './status.fixture.ts';

const [director, server] = status.agents;
if (director === undefined || server === undefined) throw new Error('both are there');
const [path] = director.paths;
if (path === undefined) throw new Error('it is there');
const sized = (name: string, mtuBytes?: number) => ({
  ...{ ...path, realServer: name },
  ...(mtuBytes === undefined ? {} : { mtuBytes }),
});
const measured: Status = {
  ...status,
  agents: [
    {
      ...director,
      paths: [sized('fra-s1', 1_500), sized('nyc-s1', 1_480), sized('nyc-s2', 1_380), sized('nyc-s3')],
    },
    { ...director, name: 'nyc-d1', paths: [sized('fra-s1', 1_480), sized('nyc-s1'), sized('nyc-s2')] },
    server,
    ...['nyc-s1', 'nyc-s2', 'nyc-s3'].map((name) => ({ ...server, name, site: 'nyc' })),
  ],
};

it('shows what each director has measured by site, and who carries less than its neighbours', () => {
  expect(mtuText(measured)).toBe(
    [
      'Largest packet that gets through whole, bytes, from each director to the real servers of a site (?: not known):',
      '',
      'DIRECTOR  FRA   NYC',
      'fra-d1    1500  1380–1480, 1 ?',
      'nyc-d1    1480  ?',
      '',
      'DIRECTOR  NARROWER TO  CARRIES  OTHERS THERE',
      'fra-d1    nyc-s2       1380     1480',
      '',
      'Not known: not measured yet, no path that is up, or an agent there of a version that does not answer questions of a size.',
      '',
    ].join('\n'),
  );
  expect(mtuText({ agents: [] })).toBe('No director has reported a way to a real server.\n');
});

it('is a command, which asks for all ways; as JSON each of them by itself', async () => {
  const admin = fakeCoordinator(measured);
  const { out, status: exit } = await run('status mtu', { admin });
  expect([out, exit]).toEqual([mtuText(measured), 0]);
  expect(await run('status mtu --watch', { admin })).toMatchObject({ status: 2, out: '' });
  const json = await run('status mtu -o json', { admin });
  expect(JSON.parse(json.out).ways.slice(2, 4)).toEqual([
    { director: 'fra-d1', realServer: 'nyc-s2', site: 'nyc', mtuBytes: 1_380 },
    { director: 'fra-d1', realServer: 'nyc-s3', site: 'nyc' },
  ]);
});
