/** What an agent finds on its own host: the doctor's rules, but for what it need not ask itself. Pure. */
import type { Finding } from '../../domain/finding.ts';
import type { ExaminedByKernel, OwnProgram } from '../../domain/host-examination.ts';
import { diagnose } from './diagnose.ts';
import type { DirectorSubject, RealServerSubject } from './subject.ts';

/** `paths`: of a director. Whether coordinators are reached is known by whoever gets the report. */
export function ownFindings(
  subject: DirectorSubject | RealServerSubject,
  seen: ExaminedByKernel,
  paths?: OwnProgram['paths'],
): Finding[] {
  return diagnose(subject, {
    ...seen,
    coordinators: { value: [] },
    program: { value: paths === undefined ? {} : { paths } },
  });
}
