/** Whether an agent speaks for itself: whom its certificate names, and nobody else, may it register and report for. */
import type { AgentHello } from '../../domain/agent-message.ts';
import type { Caller } from '../../domain/caller.ts';
import { CausewayError } from '../../domain/error.ts';
import { identityUri, parseIdentity } from '../../domain/identity.ts';

/** Throws `permission`. Who has no certificate can't be told from others: he may be whoever he says. */
export function checkOwn({ role, site, name }: AgentHello, caller: Caller): void {
  if (caller.role === 'local' || caller.role === 'unnamed') return;
  const { domain } = parseIdentity(caller.identity);
  const claimed = identityUri({ domain, role, site, name });
  if (claimed === caller.identity) return;
  throw new CausewayError({
    code: 'permission',
    operation: `register ${role}`,
    subject: name,
    message: `${caller.identity} speaks for itself alone, and this is ${claimed}`,
  });
}
