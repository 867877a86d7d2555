// What the doctor asks of the program of its host: one that is well is not called absent because it has much to tell.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { examineThisHost } from '../../src/cli/doctor-host.ts';

const question = () => ({ ways: [], settings: [], modules: [] });

test.each<[string, (response: ServerResponse) => void, object]>([
  [
    'the ways that are, by their state',
    (response) =>
      response.end(
        'causeway_director_path_state{real_server="r1",state="up"} 0\ncauseway_director_path_state{real_server="r1",state="down"} 1\n',
      ),
    { paths: [{ realServer: 'r1', state: 'down' }] },
  ],
  [
    'that they are not known, where it does not tell',
    (response) => void response.destroy(),
    { pathsUnseen: expect.stringMatching(/socket hang up/) },
  ],
])('a director that is well tells %s', async (_, metrics, program) => {
  const server = createServer(({ url }, response) =>
    url === '/metrics' ? metrics(response) : response.end('ok\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const http = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await examineThisHost({ question, coordinators: [], http, program: 'director' });
    expect(found.program).toEqual({ value: program });
  } finally {
    server.close();
  }
});
