/** causeway-realserver: what runs on each real server. */
import { runProgram } from '../../src/runtime/program.ts';
import { startRealServer } from './start.ts';

await runProgram('realserver', process, startRealServer);
