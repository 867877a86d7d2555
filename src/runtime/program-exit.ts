/** Thrown where a program has said all it has to say: what goes to which stream, and its exit status. */
export class ProgramExit extends Error {
  /** 0 done (message to standard output), 1 refused or failed, 2 misused (message to standard error). */
  readonly status: 0 | 1 | 2;

  /** `message` ends with a newline. */
  constructor(status: 0 | 1 | 2, message: string) {
    super(message);
    this.name = 'ProgramExit';
    this.status = status;
  }
}
