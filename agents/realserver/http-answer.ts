/** Which status an HTTP application answers with, as its bytes come in. Pure, but that it remembers them. */

export interface HttpAnswer {
  /** The final status, `none` for what is no HTTP, undefined while more must come. */
  read(chunk: Buffer): number | 'none' | undefined;
}

/** A line longer than this is none of a status. */
const lineLimitBytes = 1_024;
/** Interim answers, headers and all, before the final one. */
const interimLimitBytes = 65_536;

/** Interim answers (100, 103, …; RFC 9110, 15.2) are passed over, each up to its empty line; 101 alone is final. */
export function createHttpAnswer(): HttpAnswer {
  let line = '';
  let seen = 0;
  let isInterim = false;

  function ended(): number | 'none' | undefined {
    const text = line.trimEnd();
    line = '';
    if (isInterim) {
      isInterim = text !== '';
      return undefined;
    }
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(text)?.[1]);
    if (Number.isNaN(status)) return 'none';
    isInterim = status < 200 && status !== 101;
    return isInterim ? undefined : status;
  }

  return {
    read(chunk) {
      let rest = chunk.toString('latin1', 0, interimLimitBytes);
      seen += chunk.length;
      while (rest !== '') {
        const end = rest.indexOf('\n');
        line += end < 0 ? rest : rest.slice(0, end);
        if (line.length > lineLimitBytes && !isInterim) return 'none';
        if (end < 0) break;
        rest = rest.slice(end + 1);
        const status = ended();
        if (status !== undefined) return status;
      }
      return seen > interimLimitBytes ? 'none' : undefined;
    },
  };
}
