// Which of Causeway's programs the one executable is to be: said by the name it is called by, or by its first word.
import { basename } from 'node:path';
import { programRoles, type Role } from '../../src/runtime/config-keys.ts';

/** Terraform calls it by this name with a version behind it. */
const providerName = 'terraform-provider-causeway';
const providerWord = 'terraform-provider';

export interface ChosenProgram {
  /** The admin client, unless another is named. */
  readonly program: Role | 'client' | 'terraform-provider';
  /** Its name as it is shown: `causeway-director`. */
  readonly name: string;
  /** What is left for the program itself. */
  readonly words: readonly string[];
}

/** `calledBy`: the name or path as it was typed, a link's own (`argv[0]` of C). */
export function chosenProgram(calledBy: string, words: readonly string[]): ChosenProgram {
  const own = basename(calledBy);
  const byName = programRoles.find((role) => own === `causeway-${role}`);
  if (byName !== undefined) return { program: byName, name: own, words };
  if (own.startsWith(providerName)) return { program: providerWord, name: providerName, words };
  const [first, ...rest] = words;
  const byWord = programRoles.find((role) => role === first);
  if (byWord !== undefined) return { program: byWord, name: `causeway-${byWord}`, words: rest };
  if (first === providerWord) return { program: providerWord, name: providerName, words: rest };
  return { program: 'client', name: 'causeway', words };
}
