/** causeway-realserver: what runs on each real server. */
import './small-heap.ts';

import { runProgram } from '../../src/runtime/program.ts';
import { takeInherited } from './inherited.ts';
import { startRealServer } from './start-real-server.ts';

const inherited = takeInherited(process.env, process.pid);
// No await at the top: the one executable is a script.
void runProgram('realserver', process, (config, log) => startRealServer(config, log, inherited));
