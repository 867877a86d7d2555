// How `ip` and `tc` are called inside a namespace: without a shell, without `ip netns exec`.

/** '' is the namespace that the runner lives in. */
export function inNamespace(tool: 'ip' | 'tc', namespace: string, ...words: string[]): string[] {
  return namespace === '' ? [tool, ...words] : [tool, '-n', namespace, ...words];
}
