// A real server that shows what it sends from its VIPs, and nothing else, in a namespace of its own: node return-path-end.ts ORDERS (JSON).
import { createResponder } from '../../agents/realserver/responder.ts';
import { createReturnPathSender } from '../../agents/realserver/return-path-sender.ts';
import type { SnapshotCollector } from '../../src/domain/return-path.ts';
import { createProbeSocket } from '../../src/probe/probe-socket.ts';
import { realClock } from '../../src/runtime/system-clock.ts';

export interface ReturnPathOrders {
  readonly name: string;
  readonly address: string;
  readonly vips: readonly string[];
  readonly collectors: readonly SnapshotCollector[];
}

function program({ name, address, vips, collectors }: ReturnPathOrders): void {
  const shared = { clock: realClock, random: Math.random, openSocket: createProbeSocket };
  const responder = createResponder({
    ...shared,
    sealOf: () => undefined,
    verdicts: () => [],
    onTrouble: (vip, { message }) => process.stderr.write(`${vip}: ${message}\n`),
    onListening: () => {},
  });
  responder.listen(vips.map((vip) => ({ address: vip, isTranslated: false })));
  const sender = createReturnPathSender({ ...shared, name, address, sendFrom: responder.sendFrom });
  sender.watch(collectors, vips);
}

program(JSON.parse(process.argv[2] ?? ''));
