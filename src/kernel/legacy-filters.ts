/** What `iptables-save` of legacy iptables lists, as rules that can be judged (iptables-extensions(8)). Pure. */
import type {
  FilterChain,
  FilterField,
  FilterMatch,
  FilterPoint,
  FilterRule,
  FilterValue,
  FilterVerdict,
} from '../domain/packet-filter.ts';
import { ipProtocolNumbers } from './ip-protocols.ts';

/** What sees packets, and at which priority (linux/netfilter_ipv4.h). A table that is not here drops nothing. */
const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };
const points: Readonly<Record<string, FilterPoint | undefined>> = {
  PREROUTING: undefined,
  INPUT: undefined,
  OUTPUT: 'output',
  FORWARD: 'forward',
};

/** Of /proc/net/ip_tables_names, those that may drop something. */
export function filteringTables(names: string): string[] {
  return names.split('\n').filter((name) => Object.hasOwn(priorities, name));
}

/** Of one family; undefined where there are more rules than that. */
export function decodeSave(text: string, family: 'ip' | 'ip6', ruleLimit: number): FilterChain[] | undefined {
  const chains: { chain: FilterChain; rules: FilterRule[] }[] = [];
  let table = '';
  let rules = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const priority = priorities[table];
    if (priority === undefined) continue;
    if (line.startsWith(':')) {
      const [name = '', policy] = line.slice(1).split(' ');
      if (name === 'POSTROUTING') continue;
      const own: FilterRule[] = [];
      const isHooked = Object.hasOwn(points, name);
      const point = points[name];
      const hook = {
        priority,
        policy: policy === 'DROP' ? ('drop' as const) : ('accept' as const),
        ...(point && { point }),
      };
      const chain: FilterChain = { family, table, name, legacy: true, ...(isHooked && { hook }), rules: own };
      chains.push({ chain, rules: own });
    } else if (line.startsWith('-A ')) {
      rules += 1;
      if (rules > ruleLimit) return undefined;
      const [, { text: name = '' } = {}, ...words] = wordsOf(line);
      const to = chains.find(({ chain }) => chain.table === table && chain.name === name);
      to?.rules.push(...ruleOf(words));
    }
  }
  return chains.map(({ chain }) => chain);
}

interface Word {
  readonly text: string;
  /** An argument, whatever it looks like. */
  readonly isQuoted: boolean;
}

const quotedOrPlain = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

function wordsOf(line: string): Word[] {
  return [...line.matchAll(quotedOrPlain)].map(([, quoted, plain]) =>
    quoted === undefined
      ? { text: plain ?? '', isQuoted: false }
      : { text: quoted.replaceAll(/\\(.)/g, '$1'), isQuoted: true },
  );
}

/** By an option and its argument; what is asked otherwise is not known. */
const fields: Readonly<Record<string, FilterField>> = {
  '-s': 'source',
  '-d': 'destination',
  '-i': 'incoming',
  '-o': 'outgoing',
  '-p': 'protocol',
  '--dport': 'destinationPort',
  '--dports': 'destinationPort',
  '--ctstate': 'state',
  '--state': 'state',
};
/** Ask for nothing by themselves. */
const withoutQuestion: readonly string[] = ['-m', '--comment'];
/** The next rule is asked as well. */
const withoutVerdict: readonly string[] = [
  ...[
    'LOG',
    'NFLOG',
    'ULOG',
    'AUDIT',
    'TRACE',
    'MARK',
    'CONNMARK',
    'SECMARK',
    'CONNSECMARK',
    'CT',
    'NOTRACK',
  ],
  ...[
    'TCPMSS',
    'TCPOPTSTRIP',
    'DSCP',
    'TOS',
    'TTL',
    'HL',
    'ECN',
    'SET',
    'CLASSIFY',
    'CHECKSUM',
    'RATEEST',
    'TEE',
  ],
];

/** One without a verdict is none. */
function ruleOf(words: readonly Word[]): FilterRule[] {
  const matches: FilterMatch[] = [];
  let isPartlyKnown = false;
  let isNegated = false;
  const way = words.some(({ text }) => text === 'rpfilter') ? { asksReversePath: true as const } : {};
  for (let at = 0; at < words.length; at += 1) {
    const { text: option, isQuoted } = words[at] ?? { text: '', isQuoted: true };
    const argument = words[at + 1]?.text ?? '';
    if (option === '-j' || option === '-g') {
      // What follows are the target's own.
      if (withoutVerdict.includes(argument)) return [];
      return [{ matches, isPartlyKnown, verdict: verdictOf(option, argument), ...way }];
    }
    if (option === '!' && !isQuoted) {
      isNegated = true;
      continue;
    }
    if (option === '--tcp-flags' && !isQuoted) {
      const asked = words[at + 2]?.text;
      const mask = argument.split(',');
      if (asked === 'SYN' && mask.includes('SYN') && mask.includes('ACK'))
        matches.push({ field: 'syn', values: [{ kind: 'is', text: 'yes' }], isNegated });
      else isPartlyKnown = true;
      at += 2;
      isNegated = false;
      continue;
    }
    const field = isQuoted ? undefined : fields[option];
    const values = field && valuesOf(field, argument);
    if (field !== undefined && values !== undefined) matches.push({ field, values, isNegated });
    else if (isQuoted || !withoutQuestion.includes(option)) isPartlyKnown = true;
    if (field !== undefined || withoutQuestion.includes(option)) at += 1;
    isNegated = false;
  }
  return [];
}

/** A target of the kernel's that is not known here is as a chain that is not listed: nobody knows what happens there. */
function verdictOf(option: string, target: string): FilterVerdict {
  switch (target) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
    case 'REJECT':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    default:
      return option === '-g' ? { kind: 'goto', chain: target } : { kind: 'jump', chain: target };
  }
}

function valuesOf(field: FilterField, argument: string): FilterValue[] | undefined {
  switch (field) {
    case 'source':
    case 'destination':
      return prefixOf(argument);
    case 'incoming':
    case 'outgoing':
      return [{ kind: 'is', text: argument.replace(/\+$/, '*') }];
    case 'protocol': {
      const number = ipProtocolNumbers[argument] ?? Number(argument);
      return Number.isInteger(number) && number > 0 ? [{ kind: 'is', text: String(number) }] : undefined;
    }
    case 'destinationPort':
      return argument.split(',').map((port) => {
        const [from = '', to = from] = port.split(':');
        return { kind: 'range', from: Number(from), to: Number(to) };
      });
    default:
      return argument.split(',').map((state) => ({ kind: 'is', text: state.toLowerCase() }));
  }
}

/** iptables lists a length, and a mask where it is none. */
function prefixOf(argument: string): FilterValue[] | undefined {
  const [address = '', length] = argument.split('/');
  if (length === undefined) return [{ kind: 'is', text: address }];
  return /^\d+$/.test(length) ? [{ kind: 'prefix', address, length: Number(length) }] : undefined;
}
