// The operator's side of the lab: asks whichever coordinator answers, or each by its name.
import { type AdminClient, connectAdmin } from '../api/admin-client.ts';
import { isAway } from './wait.ts';

/** What an operator of the lab asks. */
export type Admin = Pick<AdminClient, 'apply' | 'list' | 'status' | 'explain' | 'whatIf'>;

export interface Admins {
  /** By the name of the coordinator. */
  readonly each: ReadonlyMap<string, Admin>;
  /** Of the one that answered last, for as long as it does, then of the next. Errors: those of the last one that was asked. */
  readonly any: Admin;
  close(): void;
}

/** `places`: where each coordinator is reached, `host:port`, by its name; at least one. */
export function connectAdmins(places: ReadonlyMap<string, string>, timeoutMs: number): Admins {
  const clients = new Map([...places].map(([name, address]) => [name, connectAdmin({ address, timeoutMs })]));
  return {
    each: clients,
    any: whicheverAnswers([...clients.values()]),
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

/** What is asked of another may have been done by the one before: nothing that the lab asks does harm when it is done twice. */
export function whicheverAnswers(admins: readonly Admin[]): Admin {
  let current = 0;
  async function ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    for (let asked = 1; ; asked++) {
      const index = current % admins.length;
      try {
        return await question(admins[index] as Admin);
      } catch (error) {
        if (!isAway(error)) throw error;
        // Another question may have moved on meanwhile.
        if (current % admins.length === index) current += 1;
        if (asked >= admins.length) throw error;
      }
    }
  }
  return {
    apply: (...words) => ask((admin) => admin.apply(...words)),
    list: (...words) => ask((admin) => admin.list(...words)),
    status: (...words) => ask((admin) => admin.status(...words)),
    explain: (...words) => ask((admin) => admin.explain(...words)),
    whatIf: (...words) => ask((admin) => admin.whatIf(...words)),
  };
}
