// Hosts that the doctor looks at in tests, and what it says of them.
import type { HostExamination, ModuleState } from '../../../src/domain/host-examination.ts';
import type { HostSurvey, SurveyedLink, Way } from '../../../src/domain/host-survey.ts';
import { decodeSave } from '../../../src/kernel/legacy-filters.ts';
import { decodeFilters } from '../../../src/kernel/nft-filters.ts';
import { diagnose } from '../../../src/plan/doctor/diagnose.ts';
import type { Subject } from '../../../src/plan/doctor/subject.ts';

export const eth0: SurveyedLink = { name: 'eth0', kind: undefined, up: true, mtu: 1_500 };
export const ours: SurveyedLink = {
  ...{ name: 'cw-ipip', kind: 'ipip', up: true, mtu: 1_480 },
  ...{ external: false, local: '10.1.0.11' },
};
export const tunl0: SurveyedLink = { name: 'tunl0', kind: 'ipip', up: true, mtu: 1_480, external: false };
export const way = (link = 'eth0', source?: string): Way => ({
  link,
  isLocal: false,
  ...(source === undefined ? {} : { source }),
});

export function examination(survey: HostSurvey, changes: Partial<HostExamination> = {}): HostExamination {
  return {
    survey: { value: survey },
    settings: new Map(),
    settingFiles: { value: [] },
    modules: { value: new Map<string, ModuleState>([['nf_tables', 'loaded']]) },
    hasNft: { value: true },
    tables: { value: ['causeway_realserver', 'causeway_director'] },
    provider: { value: 'other' },
    coordinators: { value: [{ endpoint: '10.1.0.9:7400', aheadMs: 20 }] },
    program: { value: {} },
    ...changes,
  };
}

/** `id: level` of all that is not well, and every sentence with its command. */
export function told(subject: Subject, seen: HostExamination) {
  const amiss = diagnose(subject, seen).filter(({ level }) => level !== 'ok');
  return {
    ids: amiss.map(({ id, level }) => `${id}: ${level}`),
    text: amiss.map(({ what, mend }) => `${what}\n${mend ?? ''}`).join('\n'),
    mends: amiss.flatMap(({ mend }) => mend ?? []),
  };
}

export const nft = (...objects: object[]) => decodeFilters({ nftables: objects }, 100) ?? [];
export const chain = (hook: string, policy = 'accept') => ({
  chain: { family: 'inet', table: 'fw', name: hook, type: 'filter', hook, prio: 0, policy },
});
export const rule = (name: string, ...expr: object[]) => ({
  rule: { family: 'inet', table: 'fw', chain: name, expr },
});
export const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
export const drop = { drop: null };
export const notSyn = match(
  {
    '&': [
      { payload: { protocol: 'tcp', field: 'flags' } },
      { '|': [{ '|': [{ '|': ['fin', 'syn'] }, 'rst'] }, 'ack'] },
    ],
  },
  'syn',
  '!=',
);
export const established = match({ ct: { key: 'state' } }, ['established', 'related'], 'in');
export const isNew = match({ ct: { key: 'state' } }, 'new', 'in');
export const saved = (...lines: string[]) =>
  decodeSave(
    [
      '*filter',
      ':INPUT ACCEPT [0:0]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ...lines,
      'COMMIT',
    ].join('\n'),
    'ip',
    100,
  ) ?? [];

export interface Row {
  readonly survey?: Partial<HostSurvey>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seen?: Partial<HostExamination>;
  readonly ids: readonly string[];
  readonly text?: RegExp;
  /** Exactly these; absent: whichever. */
  readonly mends?: readonly string[];
}
