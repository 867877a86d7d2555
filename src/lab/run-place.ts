// Where a run keeps configurations, state and logs: in memory, gone with the machine.
import { join } from 'node:path';

export const runFolder = '/run/causeway-lab';
/** What the run made in the kernel, for whoever must take it away. */
export const recordFile = join(runFolder, 'lab.json');
