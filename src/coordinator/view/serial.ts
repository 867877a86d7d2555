/** One at a time: what reads the view, decides and writes. Others of this process would only make it read again. */

export type Serial = <T>(run: () => Promise<T>) => Promise<T>;

export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  };
}
