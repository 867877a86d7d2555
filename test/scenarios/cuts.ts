/** Which ways of a fleet's network are cut, or lose what goes by them: between sites, of which each has a coordinator and a member of etcd. */
import type { From } from '../etcd/gate.ts';
import type { Loss } from '../etcd/lossy.ts';
import { type Fleet, siteNames, sourceOf } from './fleet.ts';

/** What is asked by whoever runs the test is no part of the scenario. */
const observer = '127.0.0.1';

const siteOfAddress = (address: string): string => siteNames[Number(address.split('.')[1]) - 1] ?? '';

/** Nothing passes between this site and the others, neither of the control plane nor of clients and probes; within it all does. */
export function cutSite(fleet: Fleet, site: string): void {
  forEachWay(fleet, (from, to, gate) => {
    if ((from === site) !== (to === site)) gate('freeze');
  });
  fleet.network.separate((from, to) => (siteOfAddress(from) === site) !== (siteOfAddress(to) === site));
}

/** Whatever goes between two sites may be lost. */
export function loseBetweenSites(fleet: Fleet, loss: Loss): void {
  forEachWay(fleet, (from, to, gate) => {
    if (from !== to) gate('lose', loss);
  });
  fleet.network.lose(loss.share, loss.random);
}

export function heal({ coordinators, etcd, network }: Fleet): void {
  const gates = [
    ...coordinators.flatMap(({ callers, store }) => [callers, ...store]),
    ...etcd.members.flatMap(({ peers }) => peers ?? []),
  ];
  for (const gate of gates) {
    gate.open();
    gate.lose(undefined);
  }
  network.separate(() => false);
  network.lose(0, () => 1);
}

type Act = (what: 'freeze' | 'lose', loss?: Loss) => void;

/** Each way from the hosts of one site to those of one, whatever goes by it. */
function forEachWay(
  { coordinators, etcd }: Fleet,
  visit: (from: string, to: string, gate: Act) => void,
): void {
  const act =
    (
      gate: { freeze(from?: From): void; lose(loss: Loss | undefined, from?: From): void },
      from?: From,
    ): Act =>
    (what, loss) =>
      what === 'freeze' ? gate.freeze(from) : gate.lose(loss, from);
  for (const { site: to, callers } of coordinators)
    for (const from of siteNames)
      visit(
        from,
        to,
        act(callers, (caller) => caller !== observer && caller === sourceOf(from)),
      );
  for (const { site: from, store } of coordinators)
    for (const [index, gate] of store.entries()) visit(from, siteNames[index] ?? '', act(gate));
  for (const [to, { peers }] of etcd.members.entries())
    for (const [from, { id }] of etcd.members.entries())
      if (peers !== undefined && from !== to)
        visit(
          siteNames[from] ?? '',
          siteNames[to] ?? '',
          act(peers, (caller) => caller === id),
        );
}
