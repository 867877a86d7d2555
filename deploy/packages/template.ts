/** A configuration file in which nothing is said yet: every key of an example, commented out. */
export function configTemplate(example: string): string {
  return example
    .split('\n')
    .map((line) => (line === '' || line.startsWith('#') ? line : `# ${line}`))
    .join('\n');
}
