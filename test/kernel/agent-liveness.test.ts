// What lives goes on: agents are killed, stopped and restarted, and no client notices.
import { expect, test } from 'vitest';
import { startAgent, until, vip } from './agent-network.ts';
import { withLiveNetwork } from './live-network.ts';
import { run } from './namespace.ts';
import { deadline } from './pace.ts';

test('what may happen to agents of real servers, and nobody notices', { timeout: deadline(600_000) }, () =>
  withLiveNetwork(async (network) => {
    const { places, agents, webs, serve, weightsAre, lines, logged, agentsAre, served, forgive, unnoticed } =
      network;
    const { director, first } = network.namespaces;

    // A director that has just booted attracts nobody before it can serve.
    const changes = () =>
      agents.director.log().flatMap(({ operations }) => (Array.isArray(operations) ? operations : []));
    // It is told when a reading has shown it.
    const { value: claimedAt } = await until('VIP claimed, and told', () => {
      const at = changes().indexOf(`add address ${vip}/32 on lo`);
      return at < 0 ? undefined : at;
    });
    const firstAt = changes().findIndex((line) =>
      /^(add|edit) destination .*weight (0 → )?100/.test(String(line)),
    );
    expect([firstAt >= 0, claimedAt > firstAt]).toEqual([true, true]);
    expect((await run(director, ['sysctl', '-n', 'net.ipv4.ip_local_reserved_ports'])).trim()).toBe(
      '24001-28000',
    );

    // All agents of real servers killed; longer than it takes to delete the dead.
    const from = lines();
    await Promise.all([agents.first.kill('SIGKILL'), agents.second.kill('SIGKILL')]);
    await agentsAre('absent');
    const absentAt = performance.now();
    await served(50);
    await until('the dead would be gone', () => performance.now() - absentAt > 5_000 || undefined);
    await unnoticed('agents killed');
    expect(logged(from, ({ msg }) => msg === 'path changed' || msg === 'application changed')).toEqual([]);

    // Unsupervised, an application that ends is found all the same, and so is its return; its other port goes on.
    webs.first.kill('SIGKILL');
    await weightsAre(0, 100, 100, 100);
    webs.first = serve(first);
    await weightsAre(100, 100, 100, 100);
    forgive();

    // They return: nothing.
    agents.first = startAgent(places.first);
    agents.second = startAgent(places.second);
    await agentsAre('present');
    await served(20);
    await unnoticed('agents back');

    // Stopped for a while.
    for (const agent of [agents.first, agents.second]) agent.process.kill('SIGSTOP');
    await agentsAre('absent');
    await served(20);
    await unnoticed('agents stopped');
    for (const agent of [agents.first, agents.second]) agent.process.kill('SIGCONT');
    await agentsAre('present');

    // Restarted in order: they say farewell.
    await Promise.all([agents.first.kill('SIGTERM'), agents.second.kill('SIGTERM')]);
    await agentsAre('absent');
    agents.first = startAgent(places.first);
    agents.second = startAgent(places.second);
    await agentsAre('present');
    await served(20);
    await unnoticed('agents restarted');
  }),
);
