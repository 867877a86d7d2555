// What lives goes on: rules are flushed, the director's agent returns alone, a host dies unsupervised, the director is cut off.
import { expect, test } from 'vitest';
import { addresses, startAgent, until, vip } from '../agent-network.ts';
import { withLiveNetwork } from '../live-network.ts';
import { run } from '../namespace.ts';
import { deadline } from '../pace.ts';

test('what may happen to rules, hosts and the director itself', { timeout: deadline(600_000) }, () =>
  withLiveNetwork(async (network) => {
    const {
      places,
      agents,
      start,
      table,
      whole,
      weightsAre,
      lines,
      logged,
      agentsAre,
      served,
      forgive,
      unnoticed,
      address,
    } = network;
    const { director, first, router } = network.namespaces;

    // Rules flushed on the director and on a real server: put back, held meanwhile.
    let from = lines();
    await run(director, ['nft', 'flush', 'ruleset']);
    await run(first, ['nft', 'flush', 'ruleset']);
    const there = (namespace: string, name: string) =>
      until(`${name} back`, async () =>
        (await run(namespace, ['nft', 'list', 'tables'])).includes(name) ? true : undefined,
      );
    await there(director, 'causeway_director');
    await there(first, 'causeway_realserver');
    await until('held and released', () =>
      logged(from, ({ msg }) => msg === 'held changed').length >= 2 ? true : undefined,
    );
    await served(20);
    await unnoticed('rules flushed');

    // The director's agent restarts while all others are absent: it knows nobody, and changes nothing.
    await Promise.all([agents.first.kill('SIGKILL'), agents.second.kill('SIGKILL')]);
    await agents.director.kill('SIGKILL');
    from = lines();
    agents.director = startAgent(places.director);
    await until(
      'restored',
      () => (logged(from, ({ msg }) => msg === 'snapshot restored').length > 0 ? true : undefined),
      60_000,
    );
    await served(40);
    await unnoticed('director restarted alone');
    agents.first = startAgent(places.first);
    agents.second = startAgent(places.second);
    await agentsAre('present');
    await served(20);
    await unnoticed('director and agents restarted');
    // Before it has heard how a port is, it gives nothing back to a host that returns without its agent.
    await until('verdicts of second heard', () => {
      const healthy = logged(from, (line) => line.realServer === 'second' && line.to === 'healthy');
      const ports = new Set(healthy.flatMap((line) => (Array.isArray(line.ports) ? line.ports : [])));
      return (ports.has('80/tcp') && ports.has('53/udp')) || undefined;
    });

    // A host dies while its agent is absent: found, though nobody there could say so, and though somebody else changes
    // rules of his own all the time; no quicker than a listing of ours may take here, for nft begins anew whenever somebody was.
    const restSeconds = deadline(200) / 1000;
    const change = `while nft add table ip others; do nft delete table ip others; sleep ${restSeconds}; done`;
    const churn = start(director, ['sh', '-c', change]);
    from = lines();
    await agents.second.kill('SIGKILL');
    await agentsAre('absent', ['second']);
    await run(router, ['ip', 'link', 'set', 'to-second', 'down']);
    await weightsAre(100, 0, 100, -1);
    const { value: down } = await until('second down, and told', () =>
      logged(from, ({ msg, to }) => msg === 'path changed' && to === 'down').at(0),
    );
    expect(down).toMatchObject({ realServer: 'second', knock: 'works' });
    expect(churn.exitCode).toBeNull();
    churn.kill('SIGKILL');
    await run(router, ['ip', 'link', 'set', 'to-second', 'up']);
    await weightsAre(100, 100, 100, 100);
    agents.second = startAgent(places.second);
    await agentsAre('present', ['second']);
    // What the table shows is told a moment later, and must not be taken for a consequence of what comes next.
    await until(
      'second up, and told',
      () => logged(from, ({ msg }) => msg === 'path changed').at(-1)?.to === 'up' || undefined,
    );

    // The director itself is cut off, for longer than it takes to delete the dead: held, not condemned.
    from = lines();
    await run(router, ['ip', 'link', 'set', 'to-director', 'down']);
    await until('held', () =>
      logged(from, ({ msg, reason }) => msg === 'held changed' && reason !== '').length > 0
        ? true
        : undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(await table()).toBe(whole);
    expect(await address()).not.toBe('');
    await run(router, ['ip', 'link', 'set', 'to-director', 'up']);
    // The router forgot it with the link.
    await run(router, ['ip', 'route', 'replace', `${vip}/32`, 'via', addresses.director]);
    await until('released', () =>
      logged(from, ({ msg, reason }) => msg === 'held changed' && reason === '').length > 0
        ? true
        : undefined,
    );
    forgive();
    await served(20);
    expect(await table()).toBe(whole);
    expect(logged(from, ({ msg }) => msg === 'path changed')).toEqual([]);
  }),
);
