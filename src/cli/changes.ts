/** Thrown where all went well and the exit status has something to tell: 2, something would change. */
export class Changes extends Error {
  constructor() {
    super('something would change');
    this.name = 'Changes';
  }
}
