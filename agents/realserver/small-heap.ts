// A real server is there for something else, and its agent does little: its heap grows by little at a time. Loaded first, before
// anything has grown. Not on a director: there that costs twice the processor.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--optimize-for-size');
// What ran once, at the start, is compiled again if it should run again.
setFlagsFromString('--bytecode-old-age=1');
// What a start or a reconnection runs is not worth optimizing: V8's optimizing compilers are 5 MB of Node that an agent at rest would hold for it.
// They still come where a function runs as often as under load.
setFlagsFromString('--invocation-count-for-maglev=20000');
