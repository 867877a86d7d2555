import { describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { type ProgramHost, runProgram } from '../../src/runtime/program.ts';

interface Ended {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** `process` as far as a beginning needs it; `exit` ends the run as the real one does, by never returning. */
async function begin(line: string, start: () => Promise<void>): Promise<Ended> {
  let out = '';
  let err = '';
  let status: number | undefined;
  const ended = new Error('exit');
  const host = {
    argv: ['node', 'causeway-coordinator', ...line.split(' ').filter((word) => word !== '')],
    env: {},
    pid: 1,
    on: () => {},
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    exit: (code: number) => {
      status = code;
      throw ended;
    },
  };
  // Only these parts of `process` are touched; the streams' other members are not.
  await runProgram('coordinator', host as unknown as ProgramHost, start).catch((error) => {
    if (error !== ended) throw error;
  });
  return { status, out, err };
}

const args = '--site fra --name c1 --log-level silent --insecure';

describe('a program', () => {
  it('that starts goes on', async () => {
    expect(await begin(args, async () => {})).toEqual({ status: undefined, out: '', err: '' });
  });

  it('that is asked for its version answers on standard output', async () => {
    expect(await begin('--version', async () => {})).toMatchObject({ status: 0, err: '' });
  });

  it('that is misused ends with 2', async () => {
    const { status, err } = await begin('--sight fra', async () => {});
    expect(status).toBe(2);
    expect(err).toContain("unknown option '--sight'");
  });

  it('that cannot start says why in one line', async () => {
    const start = async () => {
      throw new CausewayError({
        code: 'permission',
        operation: 'read the IPVS table',
        message: 'run as root',
      });
    };
    expect(await begin(args, start)).toEqual({
      status: 1,
      out: '',
      err: 'causeway-coordinator: read the IPVS table: run as root\n',
    });
  });

  it('that has a bug shows where', async () => {
    const start = async () => {
      throw new TypeError('x is undefined');
    };
    expect((await begin(args, start)).err).toMatch(/x is undefined\n(.*\n)*\s+at /);
  });
});
