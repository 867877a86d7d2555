import { expect, it } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { createLog } from '../../src/runtime/log.ts';

function logged(run: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  run(createLog('director', 'info', { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

it('writes one event a line, with the program, below its level nothing', () => {
  const lines = logged((log) => {
    log.debug('not this');
    log.info({ version: 7 }, 'snapshot applied');
  });
  expect(lines).toMatchObject([{ program: 'director', version: 7, msg: 'snapshot applied' }]);
});

it('shows our errors by their parts and foreign ones with their stack', () => {
  const err = new CausewayError({
    code: 'kernel',
    operation: 'add destination',
    subject: '10.1.0.2:80',
    errno: 'EEXIST',
    message: 'it is there',
    cause: new Error('below'),
  });
  const [ours, foreign] = logged((log) => {
    log.error({ err }, 'failed');
    log.error({ err: new TypeError('bug') }, 'failed');
  });
  expect(ours?.err).toEqual({
    code: 'kernel',
    operation: 'add destination',
    subject: '10.1.0.2:80',
    errno: 'EEXIST',
    message: 'add destination 10.1.0.2:80: it is there',
    cause: 'below',
  });
  expect(foreign?.err).toMatchObject({ type: 'TypeError', stack: expect.stringContaining('bug') });
});
