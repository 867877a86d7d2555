// The one time in everything that is built: bytes must not tell when they were made.
import { execFileSync } from 'node:child_process';

/** Seconds since 1970: `$SOURCE_DATE_EPOCH`, else the last commit's. Throws where there is neither. */
export function releaseSeconds(root: string, env: NodeJS.ProcessEnv): number {
  const given = env.SOURCE_DATE_EPOCH;
  const text =
    given ??
    execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8', timeout: 10_000 });
  if (!/^\d{1,12}\s*$/.test(text))
    throw new Error(`SOURCE_DATE_EPOCH: found ${JSON.stringify(text)}, expected seconds since 1970`);
  return Number(text);
}
