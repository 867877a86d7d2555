/** What Terraform tells its user: an error or a warning, at an attribute where it is one's. */
import type { AttributePath } from './document.ts';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One line. */
  readonly summary: string;
  /** What was found and expected, and what to do. */
  readonly detail: string;
  /** Absent: it is about the whole. */
  readonly path?: AttributePath;
}
