// Every command of the admin client, and the three programs, by what they say of themselves.
import type { CliIo } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run.ts';
import { parseFlags } from '../../src/runtime/config-flags.ts';
import { programRoles, type Role } from '../../src/runtime/config-keys.ts';
import { ProgramExit } from '../../src/runtime/program-exit.ts';

export async function commandsPage(): Promise<string> {
  const parts = ['# Commands', ''];
  for (const role of programRoles) parts.push(section(2, `causeway-${role}`, programHelp(role)));
  await describe([], parts);
  return parts.join('\n');
}

async function describe(path: readonly string[], parts: string[]): Promise<void> {
  const help = await clientHelp(path);
  parts.push(section(Math.min(2 + path.length, 4), ['causeway', ...path].join(' '), help));
  for (const name of commandsIn(help)) if (name !== 'help') await describe([...path, name], parts);
}

function section(level: number, title: string, help: string): string {
  return `${'#'.repeat(level)} ${title}\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`;
}

/** The names under "Commands:". */
function commandsIn(help: string): string[] {
  const [, listed = ''] = help.split('\nCommands:\n');
  return [...(listed.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
}

async function clientHelp(path: readonly string[]): Promise<string> {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  // Of the world, help needs a place to write to.
  const io = { stdout: write, stderr: write, env: {} } as unknown as CliIo;
  await runCli([...path, '--help'], io);
  return out;
}

function programHelp(role: Role): string {
  try {
    parseFlags(role, ['--help']);
  } catch (error) {
    if (error instanceof ProgramExit) return error.message;
    throw error;
  }
  throw new Error(`causeway-${role} --help is no help`);
}
