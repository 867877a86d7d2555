// A process that is handed a listening socket as descriptor 3, as systemd does it: says how it stands, then goes on until it is killed.
import { createKnock } from '../../../agents/realserver/knock.ts';
import { localHandshake } from '../../../agents/realserver/local-handshake.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';

const [address = '', port] = process.argv.slice(2);
const useless: string[] = [];
let looked = false;
const knock = createKnock({
  inherited: [3],
  clock: realClock,
  random: Math.random,
  port: Number(port),
  async handshake(at, number) {
    const completed = await localHandshake(at, number);
    looked = true;
    return completed;
  },
  onUseless: (_descriptor, reason) => useless.push(reason),
});
knock.listen([address]);
while (!looked && knock.state().own.length === 0) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${JSON.stringify({ ...knock.state(), useless })}\n`);
