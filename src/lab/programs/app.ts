// The application behind the VIP in the lab: says which real server answered.
//   node app.mjs --name fra-r1 --site fra [--port 80]
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { name: { type: 'string' }, site: { type: 'string' }, port: { type: 'string', default: '80' } },
});
const { name = 'nobody', site = 'nowhere', port } = values;
const body = `${name} ${site}\n`;

const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
  request.resume();
  const found = request.url === '/' || request.url === '/healthz';
  const text = found ? body : 'not here\n';
  response.writeHead(found ? 200 : 404, {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(text),
    'x-served-by': name,
    'x-site': site,
  });
  response.end(text);
});
server.on('error', (error) => {
  process.stderr.write(`app: ${error.message}\n`);
  process.exitCode = 1;
});
server.listen(Number(port), '0.0.0.0', () => process.stdout.write(`app: ${name} listens on port ${port}\n`));
process.once('SIGTERM', () => process.exit(0));
