/** Where a kernel setting comes from: a file that is applied at boot, or somebody at run time (sysctl.d(5)). Pure. */
import type { HostExamination } from '../../domain/host-examination.ts';

/** `set by /etc/sysctl.d/99-router.conf, line 3`, for a sentence. */
export function sourceOf(name: string, value: string, files: HostExamination['settingFiles']): string {
  if ('unseen' in files) return `who set it is not known: ${files.unseen}`;
  const found = files.value.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const set = settingOf(line);
      return set !== undefined && matches(set.name, name)
        ? [{ ...set, place: `${path}, line ${index + 1}` }]
        : [];
    }),
  );
  // A setting by name goes before a pattern, from which a name alone behind a dash is left out (sysctl.d(5)); among equals the last one counts.
  const isLeftOut = files.value.some(({ text }) =>
    text.split('\n').some((line) => matches(/^\s*-\s*([^\s=#;*]+)\s*$/.exec(line)?.[1] ?? '', name)),
  );
  const last = found.findLast((one) => !one.name.includes('*')) ?? (isLeftOut ? undefined : found.at(-1));
  if (last === undefined) return 'set at run time, by no file of sysctl.d, or by default';
  return last.value === value
    ? `set by ${last.place}: change it there as well`
    : `set at run time; ${last.place} says ${last.value}`;
}

function settingOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const match = /^\s*-?\s*([A-Za-z0-9_./*:@-]+)\s*=\s*(.*?)\s*$/.exec(line);
  const [, name, value] = match ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

/** Names are spelt with dots or slashes, whichever comes first; one `*` stands for one part. */
function matches(given: string, name: string): boolean {
  const ours = partsOf(name);
  const theirs = partsOf(given);
  return ours.length === theirs.length && theirs.every((part, index) => part === '*' || part === ours[index]);
}

function partsOf(name: string): string[] {
  const separator = /[./]/.exec(name)?.[0] ?? '.';
  return name.split(separator).map((part) => part.replaceAll('/', '.'));
}
