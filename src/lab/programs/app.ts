// The application behind the VIP in the lab: says which real server answered. HTTP by hand, since nineteen programs share two
// emulated processors: node:http costs several times as much a request.
//   node app.mjs --name fra-r1 --site fra [--port 80] [--load-file FILE --capacity-file FILE]
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    site: { type: 'string' },
    port: { type: 'string', default: '80' },
    'load-file': { type: 'string' },
    'capacity-file': { type: 'string' },
  },
});
const { name = 'nobody', site = 'nowhere', port } = values;
/** A request head longer than this is none. */
const headLimitBytes = 8_192;
const idleMs = 30_000;
const loadEveryMs = 1_000;

function answer(status: string, body: string, keep: boolean): string {
  const connection = keep ? 'keep-alive' : 'close';
  return (
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n` +
    `x-served-by: ${name}\r\nx-site: ${site}\r\nconnection: ${connection}\r\n\r\n${body}`
  );
}

let open = 0;

function serve(socket: Socket): void {
  let head = '';
  open += 1;
  socket.once('close', () => {
    open -= 1;
  });
  socket.setTimeout(idleMs, () => socket.destroy());
  // The client went away; its next connection tells nothing of it.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    head += chunk.toString('latin1');
    for (let end = head.indexOf('\r\n\r\n'); end >= 0; end = head.indexOf('\r\n\r\n')) {
      const request = head.slice(0, end);
      head = head.slice(end + 4);
      const keep = !/\r\nconnection: *close/i.test(request);
      const found = /^(GET|HEAD) \/(healthz)? /.test(request);
      const text = found
        ? answer('200 OK', `${name} ${site}\n`, keep)
        : answer('404 Not Found', 'not here\n', keep);
      if (keep) socket.write(text);
      else socket.end(text);
    }
    if (head.length > headLimitBytes) socket.destroy();
  });
}

const server = createServer({ noDelay: true }, serve);
server.on('error', (error) => {
  process.stderr.write(`app: ${error.message}\n`);
  process.exitCode = 1;
});
server.listen(Number(port), '0.0.0.0', () => process.stdout.write(`app: ${name} listens on port ${port}\n`));
/** Tells how full it is, as an operator's own program would: in one piece, so that nobody reads half a number. */
function tellLoad(file: string, capacityFile: string): void {
  const capacity = Number(readFileSync(capacityFile, 'utf8'));
  writeFileSync(`${file}.new`, `${Math.min(2, open / capacity)}\n`);
  renameSync(`${file}.new`, file);
}

const { 'load-file': loadFile, 'capacity-file': capacityFile } = values;
if (loadFile !== undefined && capacityFile !== undefined) {
  setInterval(() => tellLoad(loadFile, capacityFile), loadEveryMs);
}
process.once('SIGTERM', () => process.exit(0));
