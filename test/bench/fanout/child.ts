/** A process beside this one, asked over its channel one question at a time. */
import { type ChildProcess, fork } from 'node:child_process';

export interface Child<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** At once, as a crash would. */
  kill(): Promise<void>;
}

/** Longer than anybody here waits for anything. */
const answerWithinMs = 16 * 60_000;

/** Starts the file; resolves when it has said `ready`. */
export async function startChild<Question extends object, Answer>(
  file: string,
  argv: readonly string[],
): Promise<Child<Question, Answer>> {
  const child = fork(file, [...argv], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await nextMessage(child, 'start');
  return {
    ask(question) {
      const answer = nextMessage(child, JSON.stringify(question));
      child.send(question);
      // Both ends are files of one benchmark.
      return answer as Promise<Answer>;
    },
    async kill() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function nextMessage(child: ChildProcess, to: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => ended(`no answer within ${answerWithinMs / 1_000} s`), answerWithinMs);
    const onMessage = (message: unknown): void => {
      stop();
      resolve(message);
    };
    const onExit = (): void => ended('it has ended');
    function stop(): void {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
    }
    function ended(why: string): void {
      stop();
      reject(new Error(`${child.spawnargs[2]}: ${why} to ${to}`));
    }
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
