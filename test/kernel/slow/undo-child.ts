// An agent's work in a process of its own, that kills itself at a moment: `node undo-child.ts ROLE FOLDER run|cleanup MOMENT`.
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { createLife } from '../../host/crash/life.ts';
import type { Program } from '../../host/crash/world.ts';
import { programs, realPlace } from './undo-place.ts';

const [role, folder = '', task, moment] = process.argv.slice(2);
const { program, wanted } = programs[role === 'director' ? 'director' : 'realserver'];
const { run, cleanUp } = program as Program<Snapshot>;
const life = createLife(Number(moment), () => process.kill(process.pid, 'SIGKILL'));
const place = await realPlace(folder);
if (task === 'cleanup') await cleanUp(place, life);
else await run(place, life, ...wanted);
place.close();
