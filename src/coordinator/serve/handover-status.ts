/** Changes that are under way, and for whom they wait. */
import { agentRoles } from '../../domain/role.ts';
import type { HandoverStatus } from '../../domain/status.ts';
import type { World } from '../../domain/world.ts';
import { awaitedBy } from '../../plan/handover-steps.ts';
import { factsOf, type HandoverKnown } from '../view/handover-facts.ts';

/** Those that somebody is still awaited for: what only lets running connections end is nobody's business. */
export function handoverStatuses(world: World, known: HandoverKnown, nowMs: number): HandoverStatus[] {
  return known.view.handovers().flatMap((handover) => {
    const { kind, name } = handover;
    const waitsFor = awaitedBy(world, handover, factsOf(handover, known, nowMs));
    const isEmpty = handover.isReady && waitsFor.length === 0;
    if (isEmpty) return [];
    return [{ kind, name, waitsFor, stuck: !waitsFor.some((who) => isWilling(who, known)) }];
  });
}

function isWilling(who: string, { agents }: HandoverKnown): boolean {
  const [role, name = ''] = who.split(' ');
  const known = agentRoles.find((one) => one === role);
  const record = known && agents.find(known, name);
  return record?.isConnected === true && record.refusal === '';
}
