/** What every command begins with: where the coordinator is, how long to wait, how to print. */
import type { Command } from 'commander';
import { canonicalEndpoint } from '../runtime/endpoint.ts';
import { defaultWaitSeconds } from './await-agents.ts';
import type { Admin, CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { type Answer, type OutputForm, outputForms, render } from './output.ts';
import { tlsOf } from './tls-options.ts';

const adminPort = 7400;
export const defaultCoordinator = `127.0.0.1:${adminPort}`;
export const defaultTimeoutSeconds = 10;

export interface Session {
  readonly io: CliIo;
  /** Connects, runs, and closes whatever happens. */
  withAdmin<T>(run: (admin: Admin) => Promise<T>): Promise<T>;
  print(answer: Answer): void;
  readonly form: OutputForm;
  /** How long to wait for agents. */
  readonly waitMs: number;
}

/** Reads the options that all commands share. Throws `Misuse` where they make no sense. */
export function openSession(command: Command, io: CliIo): Session {
  const options: Record<string, unknown> = command.optsWithGlobals();
  const form = outputForms.find((known) => known === options.output) ?? 'table';
  const address = coordinatorAddress(options.coordinator, io);
  const timeoutMs = timeoutOf(options.timeout);
  return {
    io,
    form,
    waitMs: options.timeout === undefined ? defaultWaitSeconds * 1_000 : timeoutMs,
    print: (answer) => io.stdout(render(answer, form)),
    async withAdmin(run) {
      const admin = io.connect({ address, timeoutMs, tls: tlsOf(options, address, io) });
      try {
        return await run(admin);
      } finally {
        admin.close();
      }
    },
  };
}

function coordinatorAddress(flag: unknown, io: CliIo): string {
  const variable = io.env.CAUSEWAY_COORDINATOR;
  const [source, text] =
    typeof flag === 'string'
      ? ['--coordinator', flag]
      : ['CAUSEWAY_COORDINATOR', variable || defaultCoordinator];
  const address = canonicalEndpoint(text, adminPort);
  if (address !== undefined) return address;
  throw new Misuse(
    `${source}: found ${JSON.stringify(text)}, expected host:port, such as ${defaultCoordinator}`,
  );
}

function timeoutOf(text: unknown): number {
  const seconds = text === undefined ? defaultTimeoutSeconds : Number(text);
  if (seconds > 0 && seconds <= 3600) return Math.ceil(seconds * 1000);
  throw new Misuse(
    `--timeout: found ${JSON.stringify(text)}, expected seconds, more than 0 and at most 3600`,
  );
}
