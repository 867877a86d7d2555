// Agents live on hosts that are there for something else: their heap grows by little at a time, and half of what it would grow to at
// rest is left to the host. Loaded first, before anything has grown. Only agents: a coordinator has much to keep, and is to be fast.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--optimize-for-size');
// What ran once, at the start, is compiled again if it should run again.
setFlagsFromString('--bytecode-old-age=1');
