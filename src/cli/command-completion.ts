/** `causeway completion`: a script that teaches the shell the commands and options of this program. */
import { Argument, Command } from 'commander';
import { resourceKinds } from '../domain/resource.ts';
import type { CliIo } from './io.ts';

const kinds = resourceKinds.map((kind) => kind.toLowerCase()).join(' ');
const shells = ['bash', 'zsh'] as const;

export function completionCommand(io: CliIo, program: Command): Command {
  return new Command('completion')
    .description('print a completion script: source <(causeway completion bash)')
    .addArgument(new Argument('<SHELL>', 'bash or zsh').choices(shells))
    .action((shell: string) => io.stdout(completionScript(program, shell === 'zsh')));
}

/** Both shells run the same function; zsh through its own emulation of bash's completion. */
function completionScript(program: Command, zsh: boolean): string {
  const shared = program.options.flatMap(({ short, long }) => [short, long]);
  const cases = program.commands.map((command) => {
    const words = [
      ...command.commands.map((sub) => sub.name()),
      ...optionWords(command),
      ...shared,
      '--help',
    ];
    return `    ${command.name()}) words=${quoted(words)} ;;`;
  });
  const top = [...program.commands.map((command) => command.name()), ...shared, '--help'];
  return `${zsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_causeway() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  case "$previous" in
    -f|--file) COMPREPLY=($(compgen -f -- "$current")); return ;;
    -o|--output) COMPREPLY=($(compgen -W 'table json yaml' -- "$current")); return ;;
    get) COMPREPLY=($(compgen -W '${kinds}' -- "$current")); [ -n "$current" ] && return ;;
    history) COMPREPLY=($(compgen -W '${kinds} director' -- "$current")); [ -n "$current" ] && return ;;
    delete) COMPREPLY=($(compgen -W '${kinds} director' -- "$current")); [ -n "$current" ] && return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words=${quoted(top)}; else case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac; fi
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}
complete -F _causeway causeway
`;
}

function optionWords(command: Command): (string | undefined)[] {
  return command.options.flatMap(({ short, long }) => [short, long]);
}

function quoted(words: readonly (string | undefined)[]): string {
  return `'${words.filter((word) => word !== undefined).join(' ')}'`;
}
