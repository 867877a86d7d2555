// What the configuration of each program may say.
import { flagName } from '../../src/runtime/config-flags.ts';
import { type ConfigKey, configKeys, programRoles, type Role } from '../../src/runtime/config-keys.ts';
import { code, table } from './tables.ts';

export function configurationPage(): string {
  return [
    '# Configuration of the programs',
    '',
    'Each program reads `/etc/causeway/PROGRAM.yaml` (another by `--config`). A flag comes before a variable, a variable before the file.',
    'An unknown key is an error, with its line.',
    '',
    ...programRoles.flatMap((role) => [`## causeway-${role}`, '', keysOf(role)]),
  ].join('\n');
}

function keysOf(role: Role): string {
  const keys: Readonly<Record<string, ConfigKey<unknown>>> = configKeys[role];
  const rows = Object.entries(keys).map(([name, key]) => [
    key.flagOnly === true ? '' : code((key.inFile ?? [name]).join('.')),
    code(key.placeholder === undefined ? flagName(name) : `${flagName(name)} ${key.placeholder}`),
    key.flagOnly === true
      ? ''
      : code(`CAUSEWAY_${flagName(name).slice(2).replaceAll('-', '_').toUpperCase()}`),
    key.help,
    key.expected,
    key.fallback === undefined ? 'yes' : '',
  ]);
  return table(['key', 'flag', 'variable', 'what', 'expected', 'must be set'], rows);
}
