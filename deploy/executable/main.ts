/** The one executable, where it begins: each program as its own `main.ts` has it, and only that one is evaluated. */
import { chosenProgram } from './chosen-program.ts';

const { program, name, words } = chosenProgram(process.argv0, process.argv.slice(2));
process.argv = [process.execPath, name, ...words];
switch (program) {
  case 'client':
    void import('../../src/cli/main.ts');
    break;
  case 'coordinator':
    void import('../../src/coordinator/main.ts');
    break;
  case 'director':
    void import('../../agents/director/main.ts');
    break;
  case 'realserver':
    void import('../../agents/realserver/main.ts');
    break;
  case 'terraform-provider':
    void import('../../terraform/provider/main.ts');
    break;
}
