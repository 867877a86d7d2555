/** In the executable's place of `causeway lab`: the lab runs the programs of a source tree, and shares it with its machine. */
import { Command } from 'commander';
import { CausewayError } from '../../src/domain/error.ts';

export function labCommand(): Command {
  return new Command('lab')
    .description('try Causeway out on a real kernel: only in its source tree')
    .argument('[WORDS...]')
    .allowUnknownOption()
    .action(() => {
      throw new CausewayError({
        code: 'unsupported',
        operation: 'run the lab',
        message: 'this executable has no lab in it; in the source tree: npm start',
      });
    });
}
