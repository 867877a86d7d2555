/** causeway-director: what runs on each director. */
import { runProgram } from '../../src/runtime/program.ts';
import { startDirector } from './start-director.ts';

// No await at the top: the one executable is a script.
void runProgram('director', process, startDirector);
