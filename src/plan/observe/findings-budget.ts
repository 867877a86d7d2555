/** How much of what agents find on their hosts is told at once: where each host has the same to say, it is more than all else. Pure. */
import type { ExaminationReport, Finding } from '../../domain/finding.ts';

/**
 * Findings as they are, until so many characters are spent; then how many there are, and how bad the worst is. What fails has as many
 * characters of its own, so that what only warns keeps none of it back.
 */
export function createFindingsBudget(characters: number): (said: ExaminationReport) => ExaminationReport {
  const left = { fails: characters, others: characters };

  function isWithin({ id, level, what, mend = '' }: Finding): boolean {
    const kind = level === 'fails' ? 'fails' : 'others';
    left[kind] -= id.length + what.length + mend.length;
    return left[kind] >= 0;
  }

  return (said) => {
    if (said.findings.length === 0) return said;
    const { true: told = [], false: untold = [] } = Object.groupBy(said.findings, (one) =>
      isWithin(one) ? 'true' : 'false',
    );
    return untold.length === 0 ? said : { ...said, findings: [...told, leftOut(untold)] };
  };
}

function leftOut(findings: readonly Finding[]): Finding {
  return {
    id: 'left-out',
    level: findings.some(({ level }) => level === 'fails') ? 'fails' : 'warns',
    what: `${findings.length} more: of all hosts at once it is too much to tell; causeway doctor there tells it`,
    why: '',
  };
}
