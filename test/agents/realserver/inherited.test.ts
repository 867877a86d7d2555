import { expect, test } from 'vitest';
import { takeInherited } from '../../../agents/realserver/inherited.ts';

test.each([
  ['ours', { LISTEN_PID: '42', LISTEN_FDS: '2' }, [3, 4]],
  ['none', {}, []],
  ['our parent’s', { LISTEN_PID: '41', LISTEN_FDS: '1' }, []],
  ['nobody’s', { LISTEN_FDS: '1' }, []],
  ['no number', { LISTEN_PID: '42', LISTEN_FDS: '-1' }, []],
  ['nothing', { LISTEN_PID: '42', LISTEN_FDS: '' }, []],
  [
    'more than anybody has',
    { LISTEN_PID: '42', LISTEN_FDS: '99' },
    Array.from({ length: 16 }, (_, at) => at + 3),
  ],
  ['beyond all reason', { LISTEN_PID: '42', LISTEN_FDS: '99999999' }, []],
])('%s; and no child finds them again', (_, variables, expected) => {
  const environment: Record<string, string | undefined> = {
    ...variables,
    LISTEN_FDNAMES: 'causeway-realserver.socket',
    LISTEN_PIDFDID: '7',
    PATH: '/bin',
  };
  expect(takeInherited(environment, 42)).toEqual(expected);
  expect(environment).toEqual({ PATH: '/bin' });
});
