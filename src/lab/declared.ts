// What an operator was told is applied must be there afterwards, whatever befell the control plane: nothing of it is lost, and nothing
// comes back that was not.
import { messageOf } from '../domain/error.ts';
import { type Resource, resourceId } from '../domain/resource.ts';
import type { Admin } from './admins.ts';
import { isAway } from './wait.ts';

/** A policy for a real server that there is not: no agent has anything to do for it. Its weight is how often it was applied. */
const marker = 'nobody';

export class Declared {
  #tried = 0;
  #taken = 0;
  /** Of all else, by kind and name. */
  #others: ReadonlyMap<string, string> = new Map();

  /** Applies something and notes all that there is. Errors: those of the coordinator. */
  async begin(admin: Admin): Promise<void> {
    await this.#apply(admin);
    this.#others = othersOf((await admin.list()).resources);
  }

  /** Undefined where it was said to be applied, else why it was not. */
  async change(admin: Admin): Promise<string | undefined> {
    try {
      await this.#apply(admin);
      return undefined;
    } catch (error) {
      if (isAway(error)) return messageOf(error);
      throw error;
    }
  }

  /** What is not as it was said to be, by this coordinator; empty: nothing. */
  async lost(admin: Admin): Promise<string> {
    const { resources } = await admin.list();
    const found = resources.find(isMarker)?.weight ?? 0;
    const now = othersOf(resources);
    return [
      // Of what nobody said that it is applied, nobody knows.
      ...(found >= this.#taken && found <= this.#tried
        ? []
        : [`the change applied last was the ${this.#taken}., the one in force is the ${found}.`]),
      ...[...this.#others].flatMap(([id, before]) =>
        now.get(id) === before ? [] : [`${id} ${now.has(id) ? 'is another' : 'is gone'}`],
      ),
      ...[...now.keys()].flatMap((id) => (this.#others.has(id) ? [] : [`${id} came from nowhere`])),
    ].join(', ');
  }

  async #apply(admin: Admin): Promise<void> {
    this.#tried += 1;
    const weight = this.#tried;
    await admin.apply([{ kind: 'RealServer', name: marker, weight, drain: false }]);
    this.#taken = weight;
  }
}

function isMarker(resource: Resource): resource is Extract<Resource, { kind: 'RealServer' }> {
  return resource.kind === 'RealServer' && resource.name === marker;
}

function othersOf(resources: readonly Resource[]): Map<string, string> {
  return new Map(
    resources
      .filter((resource) => !isMarker(resource))
      .map((resource) => [resourceId(resource), JSON.stringify(resource)]),
  );
}
