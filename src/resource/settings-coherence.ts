/** Mistakes of Settings that no single value shows: an operator who is named twice, or for nothing; a setting of IPVS that contradicts what Causeway needs. */
import { type IpvsSettingFacts, ipvsSettingFacts, ipvsSettingNames } from '../domain/ipvs-settings.ts';
import { everyName } from '../domain/resource.ts';
import { doubles, wellFormed } from './coherence.ts';
import { type Incoherence, isMapping } from './incoherence.ts';

export function settingsIncoherences(spec: unknown): Incoherence[] {
  if (!isMapping(spec)) return [];
  return [...operatorIncoherences(spec), ...contradictions(spec.ipvs)];
}

/** What Causeway would undo, or could not work with. */
function contradictions(ipvs: unknown): Incoherence[] {
  if (!isMapping(ipvs)) return [];
  return ipvsSettingNames.flatMap((name) => {
    const { needs }: IpvsSettingFacts = ipvsSettingFacts[name];
    const value = ipvs[name];
    if (needs === undefined || typeof value !== 'number' || value >= needs.least) return [];
    const expected = `at least ${needs.least}: ${needs.why}`;
    return [{ path: ['spec', 'ipvs', name], found: String(value), expected }];
  });
}

function operatorIncoherences(spec: Record<string, unknown>): Incoherence[] {
  if (!Array.isArray(spec.operators)) return [];
  const names = spec.operators.map((one) => (isMapping(one) ? one.name : undefined));
  const named = wellFormed(names, (name) => name);
  return [
    ...doubles('operators', named, (name) => name, 'each operator once'),
    ...spec.operators.flatMap((one, index) => (isMapping(one) ? rights(one, index) : [])),
  ];
}

const lists = ['services', 'sites'] as const;

function rights(operator: Record<string, unknown>, index: number): Incoherence[] {
  const path = ['spec', 'operators', index];
  if (lists.every((key) => operator[key] === undefined))
    return [{ path, found: 'neither services nor sites', expected: 'what this operator may change' }];
  return lists.flatMap((key) => {
    const names = wellFormed(operator[key], (name) => name);
    const isAlsoNamed = names.length > 1 && names.some(({ value }) => value === everyName);
    const expected = `${JSON.stringify(everyName)} alone, or names alone`;
    return [
      ...doubles(key, names, (name) => name, 'each name once').map(({ path: [, ...rest], ...found }) => ({
        ...found,
        path: [...path, ...rest],
      })),
      ...(isAlsoNamed ? [{ path: [...path, key], found: 'all of them, and names', expected }] : []),
    ];
  });
}
