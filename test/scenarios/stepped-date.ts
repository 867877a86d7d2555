/** The time of day of this process, as when somebody sets its host's clock: what measures does not see it. */
const RealDate = Date;

/** `byMs`: how far from right it is, asked each time. */
export function stepDate(byMs: () => number): void {
  const nowMs = (): number => RealDate.now() + byMs();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, self),
    get: (target, name) => (name === 'now' ? nowMs : Reflect.get(target, name)),
  });
}
