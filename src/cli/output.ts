/** One answer in the form that was asked for: a table for people, JSON and YAML for programs. */
import { stringify } from 'yaml';

export const outputForms = ['table', 'json', 'yaml'] as const;
export type OutputForm = (typeof outputForms)[number];

export interface Answer {
  /** Text for people; ends with a newline. */
  readonly table: () => string;
  /** The same as plain data. */
  readonly data: () => unknown;
  /** Where YAML is more than `data` written as YAML. */
  readonly yaml?: () => string;
}

export function render(answer: Answer, form: OutputForm): string {
  switch (form) {
    case 'table':
      return answer.table();
    case 'json':
      return `${JSON.stringify(answer.data(), undefined, 2)}\n`;
    case 'yaml':
      return answer.yaml === undefined
        ? stringify(answer.data(), { aliasDuplicateObjects: false })
        : answer.yaml();
  }
}
