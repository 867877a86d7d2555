import { expect, it } from 'vitest';
import { chosenProgram } from '../../deploy/executable/chosen-program.ts';

it.each([
  ['causeway', ['status'], 'client', 'causeway', ['status']],
  ['/usr/bin/causeway', [], 'client', 'causeway', []],
  ['./causeway-0.1.0-linux-x64', ['--version'], 'client', 'causeway', ['--version']],
  ['causeway', ['director', '--site', 'fra'], 'director', 'causeway-director', ['--site', 'fra']],
  ['causeway', ['get', 'director'], 'client', 'causeway', ['get', 'director']],
  ['/usr/bin/causeway-realserver', ['--cleanup'], 'realserver', 'causeway-realserver', ['--cleanup']],
  ['causeway-coordinator', ['director'], 'coordinator', 'causeway-coordinator', ['director']],
  [
    '/plugins/terraform-provider-causeway_v0.1.0',
    [],
    'terraform-provider',
    'terraform-provider-causeway',
    [],
  ],
  ['causeway', ['terraform-provider'], 'terraform-provider', 'terraform-provider-causeway', []],
  ['causeway-unknown', ['status'], 'client', 'causeway', ['status']],
] as const)('called as %s with %j it is the %s', (calledBy, words, program, name, rest) => {
  expect(chosenProgram(calledBy, words)).toEqual({ program, name, words: rest });
});
