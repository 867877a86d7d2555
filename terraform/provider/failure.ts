/** What went wrong with a call, as Terraform shows it. */
import { CausewayError, type ErrorCode, messageOf } from '../../src/domain/error.ts';
import type { Problem } from '../../src/domain/resource.ts';
import { pathSteps } from '../../src/resource/mistake.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import { issueText, placeOf, type ResourceType } from './core/resource-type.ts';

const summaries: Readonly<Partial<Record<ErrorCode, string>>> = {
  unavailable: 'No coordinator answers',
  deadline: 'The coordinator does not answer in time',
  permission: 'The coordinator does not let you',
  refused: 'The coordinator refuses',
  conflict: 'Changed by somebody else since it was read',
  unsupported: 'The coordinator is too old for this',
};

const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  conflict: 'Nothing was changed. Plan again: the new plan begins with what is there now.',
};

export function failureDiagnostic(error: unknown, path?: Diagnostic['path']): Diagnostic {
  const code = error instanceof CausewayError ? error.code : 'internal';
  const remedy = remedies[code];
  return {
    severity: 'error',
    summary: summaries[code] ?? 'The coordinator could not do it',
    detail: `${messageOf(error)}.${remedy === undefined ? '' : ` ${remedy}`}`,
    ...(path === undefined ? {} : { path }),
  };
}

/** What the coordinator finds wrong, or missing still, at its place in the configuration. */
export function problemDiagnostic(
  type: ResourceType,
  { resource, path, found, expected }: Problem,
  severity: Diagnostic['severity'],
): Diagnostic {
  const isOwn = resource.kind === type.kind;
  return {
    severity,
    summary:
      severity === 'error'
        ? `Refused: ${resource.kind} ${resource.name}`
        : `Accepted, for it may still come: ${resource.kind} ${resource.name}`,
    detail: issueText({ found, expected }),
    ...(isOwn ? { path: placeOf(type, pathSteps(path)) } : {}),
  };
}
