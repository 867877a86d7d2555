/** causeway-director: what runs on each director. */
import { runProgram } from '../../src/runtime/program.ts';
import { startDirector } from './start-director.ts';

await runProgram('director', process, startDirector);
