/**
 * Who changed what, from where, and what came of it: one line each, in a file for that alone where the configuration names one. It holds
 * what was refused as well. It names fields and never their values, which can be secrets.
 */
import type { Called, Said } from '../api/called.ts';
import type { Refused } from '../api/handlers.ts';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../domain/clock.ts';
import type { Member } from '../domain/member.ts';
import { createRepeats } from '../domain/repeats.ts';
import { resourceId } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import type { LineFile } from '../runtime/line-file.ts';
import type { Logger } from '../runtime/log.ts';
import { changeText } from './change-text.ts';
import type { CoordinatorMetrics } from './coordinator-metrics.ts';

export interface AuditOptions {
  /** Of this coordinator. */
  readonly name: string;
  /** Absent: what is refused stands in the log alone, what is done in the history. */
  readonly file?: LineFile | undefined;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly metrics: Pick<CoordinatorMetrics, 'callersRefused' | 'auditUnwritten'>;
  readonly clock: Clock;
}

export interface Audit {
  called(called: Called): Promise<void>;
  refused(refused: Refused): void;
  /** It has become a member, or another one than it was. */
  registered(member: Pick<Member, 'role' | 'name' | 'site' | 'address'>, caller: Caller): void;
  /** Why lines are not in the file; undefined: they are. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

/** Of one change; how many there are, is told. */
const touchedAtMost = 100;
const textLimit = 1_024;
const othersReason = 'others than are told one by one';

interface Entry {
  /** Undefined: nobody is known. */
  readonly identity?: string | undefined;
  readonly role?: string;
  /** Who his certificate says he is, where it is not believed. */
  readonly claimed?: string | undefined;
  /** Host that the call came from. */
  readonly peer: string;
  readonly method?: string | undefined;
  readonly result: Called['result'];
  readonly reason?: string;
  readonly [more: string]: unknown;
}

export function createAudit({ name: coordinator, file, log, metrics, clock }: AuditOptions): Audit {
  const repeats = createRepeats<Entry>({
    clock,
    keyOf: ({ identity, claimed, peer, method, result, reason }) =>
      JSON.stringify([identity, claimed, peer, method, result, reason]),
    tell(entry, times) {
      log.warn({ ...entry, times }, 'refused');
      void write({ ...entry, times });
    },
    tellOthers(times) {
      log.warn({ times, reason: othersReason }, 'refused');
      void write({ result: 'refused', reason: othersReason, times });
    },
  });

  async function write(entry: object): Promise<void> {
    if (file === undefined) return;
    const line = { time: new Date(clock.nowMs()).toISOString(), coordinator, ...entry };
    if (await file.write(JSON.stringify(line))) return;
    metrics.auditUnwritten.inc();
    // Here at least it stands.
    log.error({ audit: line, trouble: file.trouble() }, 'not in the audit file yet');
  }

  // A gap between two lives is seen, and a path that can't be written is told at once.
  void write({ event: 'started' });
  return {
    async called({ caller, method, said, result, reason, code, number, changes = [], denied = [] }) {
      const { identity, role, from: peer } = caller;
      const head = { identity, role, peer, method, result, ...saidText(said) };
      if (code === 'permission') metrics.callersRefused.inc();
      if (result !== 'done') {
        repeats.take({ ...head, reason: shortened(reason ?? '') });
        return;
      }
      const all = [
        ...changes.map((one) => () => changeText(one)),
        ...denied.map((one) => () => `${one} denied`),
      ];
      const touched = all.slice(0, touchedAtMost).map((text) => text());
      await write({
        ...head,
        ...(number === undefined ? {} : { revision: number }),
        ...(all.length === 0 ? {} : { touched, touchedCount: all.length }),
      });
    },
    refused(refused) {
      metrics.callersRefused.inc();
      repeats.take({ ...refused, result: 'refused', reason: shortened(refused.reason) });
    },
    registered({ role, name, site, address }, caller) {
      const touched = [
        `${resourceId({ kind: roles[role].kind, name })} registered: site ${site}, address ${address}`,
      ];
      const { identity, from: peer } = caller;
      void write({ identity, role: caller.role, peer, method: 'Agents.Connect', result: 'done', touched });
    },
    trouble() {
      const reason = file?.trouble();
      return reason === undefined
        ? undefined
        : `the audit file can't be written: ${reason}; changes are taken all the same, and stand in the log and in causeway history`;
    },
    async close() {
      repeats.close();
      void write({ event: 'stopped' });
      await file?.close();
    },
  };
}

function saidText({ author, message, force, allowRemoval, ifRevision, rolledBackTo }: Said): object {
  return {
    ...(author === undefined || author === '' ? {} : { author: shortened(author) }),
    ...(message === undefined || message === '' ? {} : { message: shortened(message) }),
    ...(force === true ? { force } : {}),
    ...(allowRemoval === true ? { allowRemoval } : {}),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(rolledBackTo === undefined ? {} : { rolledBackTo }),
  };
}

function shortened(text: string): string {
  return text.length > textLimit ? `${text.slice(0, textLimit - 1)}…` : text;
}
