/** A disk in memory: what was written and not synced is lost with the power, and kept where only the process ends. */
import type { Disk } from '../../../src/runtime/durable-file.ts';
import type { Life } from './life.ts';

interface Content {
  text: string;
  durable: string;
}

export interface ModelDisk {
  /** As a process of that life has it. */
  of(life: Life): Disk;
  remove(life: Life, path: string): void;
  /** As it is after the power failed: what was not synced is lost. */
  powerFails(): void;
  text(path: string): string | undefined;
  copy(): ModelDisk;
}

/** `files`: by path; `durable`: what of that the directories say after the power has failed. */
export function createModelDisk(
  files: Map<string, Content> = new Map(),
  durable: Map<string, Content> = new Map(),
): ModelDisk {
  function missing(path: string): Error {
    return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  }

  function syncDirectory(): void {
    durable.clear();
    for (const [path, content] of files) durable.set(path, content);
  }

  return {
    of: (life) => ({
      mkdir: async (path) => life.step(`mkdir ${path}`, () => undefined),
      async readFile(path) {
        const content = files.get(path);
        if (content === undefined) throw missing(path);
        return content.text;
      },
      async open(path, flags) {
        if (flags === 'r') {
          return {
            writeFile: async () => Promise.reject(new Error('opened to be read')),
            sync: async () => life.step(`fsync of directory ${path}`, syncDirectory),
            close: async () => {},
          };
        }
        const content = life.step(`open ${path}`, () => {
          const made = { text: '', durable: files.get(path)?.durable ?? '' };
          files.set(path, made);
          return made;
        });
        return {
          async writeFile(text) {
            for (const upTo of [Math.floor(text.length / 2), text.length - 1, text.length])
              life.step(`write of ${path} up to ${upTo}`, () => {
                content.text = text.slice(0, upTo);
              });
          },
          sync: async () =>
            life.step(`fsync of ${path}`, () => {
              content.durable = content.text;
            }),
          close: async () => {},
        };
      },
      rename: async (from, to) =>
        life.step(`rename ${from}`, () => {
          const content = files.get(from);
          if (content === undefined) throw missing(from);
          files.delete(from);
          files.set(to, content);
        }),
    }),
    remove(life, path) {
      life.step(`remove ${path}`, () => files.delete(path));
    },
    powerFails() {
      files.clear();
      for (const [path, content] of durable)
        files.set(path, { text: content.durable, durable: content.durable });
      syncDirectory();
    },
    text: (path) => files.get(path)?.text,
    copy() {
      const copies = new Map<Content, Content>();
      const copyOf = (content: Content) => {
        const known = copies.get(content) ?? { ...content };
        copies.set(content, known);
        return known;
      };
      const all = (map: ReadonlyMap<string, Content>) =>
        new Map([...map].map(([path, content]) => [path, copyOf(content)]));
      return createModelDisk(all(files), all(durable));
    },
  };
}
