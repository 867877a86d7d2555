/** What the modules take and give, as tables of their READMEs: from the descriptions that stand in their code. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = join(import.meta.dirname, 'modules');
const place = /(<!-- variables -->\n).*(<!-- end -->)/s;

interface Block {
  readonly name: string;
  /** Empty: there is none. */
  readonly description: string;
  /** Absent: it must be given. */
  readonly fallback?: string;
}

/** README to what it says and what it ought to say, by its path. Of every module that is used from outside. */
export function moduleReadmes(): ReadonlyMap<string, { readonly found: string; readonly current: string }> {
  const files = globSync('*/README.md', { cwd: folder }).toSorted();
  return new Map(
    files.map((file) => {
      const path = join(folder, file);
      const found = readFileSync(path, 'utf8');
      return [path, { found, current: found.replace(place, `$1\n${tables(dirname(path))}\n$2`) }] as const;
    }),
  );
}

/** Of a module's folder. The form is that of `terraform fmt`. */
export function blocksOf(module: string, kind: 'variable' | 'output'): Block[] {
  const file = join(module, `${kind}s.tf`);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n(.*?)^\\}$`, 'gms'))].map(
    ([, name = '', body = '']) => {
      const [, line, lines] =
        /^ {2}description\s*= (?:"((?:[^"\\]|\\.)*)"|<<-EOT\n(.*?)^\s*EOT)$/ms.exec(body) ?? [];
      const fallback = /^ {2}default\s*= (.*)$/m.exec(body)?.[1];
      return {
        name,
        description: (line ?? lines ?? '')
          .trim()
          .replace(/\s*\n\s*- /g, '<br>')
          .replace(/\s*\n\s*/g, ' '),
        ...(fallback === undefined ? {} : { fallback }),
      };
    },
  );
}

function tables(module: string): string {
  const variables = blocksOf(module, 'variable').map(
    ({ name, description, fallback }) =>
      `| \`${name}\` | ${cell(description)} | ${fallback === undefined ? 'needed' : `\`${fallback}\``} |`,
  );
  const outputs = blocksOf(module, 'output').map(
    ({ name, description }) => `| \`${name}\` | ${cell(description)} |`,
  );
  return [
    ...['| variable | what | default |', '| --- | --- | --- |', ...variables, ''],
    ...['| output | what |', '| --- | --- |', ...outputs, ''],
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\\"', '"');
}
