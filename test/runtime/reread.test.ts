import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { rereadOnHangup } from '../../src/runtime/reread.ts';

interface Config {
  readonly logLevel: string;
  readonly site: string;
}

/** What a SIGHUP logs, where `load` gives this. */
function hangup(load: () => Config) {
  const process = new EventEmitter();
  const lines: unknown[] = [];
  const line = (level: string) => (fields: object, message: string) => lines.push([level, fields, message]);
  const log = { level: 'info', info: line('info'), warn: line('warn'), error: line('error') };
  // Of both worlds only these members are touched.
  rereadOnHangup(process as never, { logLevel: 'info', site: 'fra' }, load, log as never);
  process.emit('SIGHUP');
  return { lines, level: log.level };
}

it('takes another log level at once', () => {
  expect(hangup(() => ({ logLevel: 'debug', site: 'fra' }))).toEqual({
    lines: [['info', { logLevel: 'debug' }, 'the configuration is read again']],
    level: 'debug',
  });
});

it('names what a restart would take', () => {
  expect(hangup(() => ({ logLevel: 'info', site: 'lon' })).lines).toEqual([
    ['warn', { keys: ['site'] }, 'changed keys that a restart takes'],
  ]);
});

it('leaves all as it is where the file is wrong now', () => {
  const wrong = () => {
    throw new Error('director.yaml:3: site: found 7');
  };
  expect(hangup(wrong)).toEqual({
    lines: [
      [
        'error',
        { reason: 'director.yaml:3: site: found 7' },
        'the configuration is wrong now, and not taken',
      ],
    ],
    level: 'info',
  });
});
