/** What another coordinator is sent of a site: whole first, then what is other than what it was sent; encoded once for many. */
import type { AgentReport } from '../domain/agent-message.ts';
import type { SiteDigest } from '../domain/digest.ts';
import { byAgents } from '../domain/digest-agents.ts';
import {
  digestChanges,
  nothingTold,
  type ReportNews,
  type ReportTelling,
  reportTelling,
  type ToldDigest,
} from '../domain/digest-changes.ts';
import type { Steps } from '../domain/steps.ts';
import { breathing } from '../runtime/breathing.ts';
import { type DigestPart, digestParts, standingToWire } from './convert-digest.ts';
import { changesToWire, reportToWire } from './convert-report.ts';
import { delimitedField, encodedMessage, keepable, sendableBytes } from './encoded.ts';
import type { SiteDigest as WireDigest } from './gen/causeway/v1/SiteDigest.ts';

/** Of proto/causeway/v1/peers.proto. */
const fields = { agentsOfDigest: 4, reportOfAgent: 11, changesOfAgent: 12 } as const;

/** Whatever went wrong with the changes is over by then: minutes, where agents report all the time. */
const wholeEvery = 240;

/** What those who listen have in common: as long as they have been told the same, what they are told next is made for one of them. */
export interface DigestTellings {
  /** The same value for as long as it says the same. */
  known(report: AgentReport): AgentReport;
  tell(before: AgentReport, next: AgentReport): ReportTelling;
  encode(news: ReportNews): Steps<Buffer>;
}

export interface DigestTeller {
  /** The messages by which the other end has this digest: they must all be sent, in their order, before the next one is begun. */
  parts(digest: SiteDigest): AsyncIterable<WireDigest>;
}

export function createDigestTeller(tellings: DigestTellings, takesChanges: boolean): DigestTeller {
  /** By site. */
  const sent = new Map<string, { readonly number: number; readonly told: ToldDigest }>();

  return {
    async *parts(digest) {
      const next = byAgents(digest);
      const agents = next.agents.map((agent) => ({ ...agent, report: tellings.known(agent.report) }));
      const last = sent.get(digest.site);
      const before = last === undefined || last.number % wholeEvery === 0 ? undefined : last;
      const steps = digestChanges(before?.told ?? nothingTold, { ...next, agents }, tellings.tell);
      const { changes, told } = await breathing(steps, { operation: 'tell digest' });
      const number = takesChanges ? (last?.number ?? 0) + 1 : 0;
      if (takesChanges) sent.set(digest.site, { number, told });
      for (const part of digestParts(changes, { number, base: before?.number ?? 0 }))
        yield await sendableBytes<WireDigest>(encodePart(part, tellings));
    },
  };
}

function* encodePart({ wire, agents }: DigestPart, { encode }: DigestTellings): Steps<Buffer> {
  const parts = [yield* encodedMessage('SiteDigest', wire)];
  for (const { standing, news } of agents) {
    const own = [yield* encodedMessage('AgentDigest', standingToWire(standing))];
    if (news !== undefined) {
      const field = 'whole' in news ? fields.reportOfAgent : fields.changesOfAgent;
      own.push(...delimitedField(field, yield* encode(news)));
    }
    parts.push(...delimitedField(fields.agentsOfDigest, Buffer.concat(own)));
    yield;
  }
  return Buffer.concat(parts);
}

export function createDigestTellings(): DigestTellings {
  /** By the list that says most of it. */
  const reports = new WeakMap<object, AgentReport>();
  /** By the next one: of it, against what it was told last. */
  const tellings = new WeakMap<AgentReport, ReportTelling & { readonly before: AgentReport }>();
  /** By a whole report, or changes. */
  const encoded = new WeakMap<object, Buffer>();

  return {
    known(report) {
      const key = [report.destinations, report.paths, report.applications].find(({ length }) => length > 0);
      if (key === undefined) return report;
      const known = reports.get(key);
      if (known !== undefined && isOne(known, report)) return known;
      reports.set(key, report);
      return report;
    },
    tell(before, next) {
      const last = tellings.get(next);
      if (last?.before === before) return last;
      // Who has it, or what it came to, has nothing to be told of it.
      if (before === next || last?.after === before) return { news: undefined, after: before };
      const made = reportTelling(before, next);
      tellings.set(next, { ...made, before });
      return made;
    },
    *encode(news) {
      const key = 'whole' in news ? news.whole : news.changes;
      const bytes = encoded.get(key) ?? keepable([yield* encodedNews(news)]);
      encoded.set(key, bytes);
      return bytes;
    },
  };
}

function* encodedNews(news: ReportNews): Steps<Buffer> {
  const [type, wire] =
    'whole' in news
      ? (['Report', reportToWire(news.whole)] as const)
      : (['ReportChanges', changesToWire(news.changes)] as const);
  yield;
  return yield* encodedMessage(type, wire);
}

/** Made of the same values. */
function isOne(a: AgentReport, b: AgentReport): boolean {
  return (
    a.paths === b.paths &&
    a.destinations === b.destinations &&
    a.applications === b.applications &&
    a.load === b.load &&
    a.troubles === b.troubles &&
    a.held === b.held &&
    a.fault === b.fault &&
    a.idleVips === b.idleVips &&
    a.choices === b.choices &&
    a.returnPaths === b.returnPaths &&
    a.examination === b.examination
  );
}
