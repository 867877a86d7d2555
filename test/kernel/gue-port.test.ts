// The kernel's receive ports of GUE: ours come and go, those of others are named and left alone.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { emptyHostState } from '../../src/domain/host-state.ts';
import { createHost } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { here, ledgerPath, slowTestMs } from './host-tools.ts';

const guePort = 6_081;

it("a receive port of somebody else is named, and left alone; a program's port too", {
  timeout: slowTestMs,
}, async () => {
  await here('ip link set lo up');
  const host = await createHost();
  const ledger = await openLedger(ledgerPath('taken'));
  const wanted = { ...emptyHostState, guePorts: [{ address: '127.0.0.1', port: guePort }] };
  const add = { kind: 'add-gue-port', guePort: { address: '127.0.0.1', port: guePort } } as const;
  try {
    await here(`ip fou add port ${guePort} gue`);
    const [conflict] = foreignObjects(wanted, await host.read([wanted]), ledger.made());
    expect(conflict?.message).toMatch(/somebody else's receive port is there \(GUE, at every address\)/);
    const [failed] = await applyHostOperations(host, ledger, [add]);
    expect(failed?.error.message).toMatch(/ip fou show\): take it away, or give the site another port/);
    expect(await cleanup(host, ledger)).toEqual([]);
    expect(await here('ip fou show')).toContain(`port ${guePort} gue`);
    await here(`ip fou del port ${guePort}`);

    const program = createSocket('udp4');
    program.bind(guePort, '127.0.0.1');
    await once(program, 'listening');
    const [occupied] = await applyHostOperations(host, ledger, [add]);
    expect(occupied?.error.message).toMatch(/another program has UDP port 6081/);
    program.close();

    expect(await applyHostOperations(host, ledger, [add, add])).toEqual([]);
    expect((await host.read([wanted])).guePorts).toEqual(wanted.guePorts);
    expect(await cleanup(host, ledger)).toEqual([]);
    expect(await here('ip fou show')).toBe('');
  } finally {
    host.close();
  }
});
