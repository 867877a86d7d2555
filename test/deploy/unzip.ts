/** Reads a ZIP archive by its directory, as unzip does. */
import { crc32, inflateRawSync } from 'node:zlib';

export interface Unzipped {
  readonly name: string;
  readonly bytes: Buffer;
  /** Permissions on Unix. */
  readonly mode: number;
}

/** Throws where the directory and what it lists are not of one mind. */
export function unzip(archive: Buffer): Unzipped[] {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== 0x0605_4b50) throw new Error('no end of a directory');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const files: Unzipped[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== 0x0201_4b50) throw new Error(`entry ${index}: none`);
    const [crc, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset));
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const mode = (archive.readUInt32LE(at + 38) >>> 16) & 0o7777;
    const local = archive.readUInt32LE(at + 42);
    // From the version to the length of the name, both say the same.
    const same = [archive.subarray(at + 6, at + 30), archive.subarray(local + 4, local + 28)] as const;
    if (archive.readUInt32LE(local) !== 0x0403_4b50 || !same[0].equals(same[1]))
      throw new Error(`${name}: its own head says otherwise`);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = inflateRawSync(archive.subarray(start, start + (packed ?? 0)));
    if (bytes.length !== size || crc32(bytes) !== crc) throw new Error(`${name}: damaged`);
    files.push({ name, bytes, mode });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  if (at !== end) throw new Error('the directory does not end where it says');
  return files;
}
