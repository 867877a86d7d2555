// Files as a ZIP archive (APPNOTE 6.3): the form in which Terraform takes providers.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly isExecutable?: boolean;
}

const limitBytes = 0xffff_fffe;
/** 2.0: folders and deflate. The upper byte: made on Unix, so that the mode counts. */
const version = 20;
const madeOnUnix = (3 << 8) | version;
const deflate = 8;

/** The same bytes from the same files. `seconds`: since 1970, the time of each of them. Throws for what would need the 64-bit form. */
export function zipOf(files: readonly ZipFile[], seconds: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, isExecutable = false } of files) {
    const packed = deflateRawSync(bytes, { level: 9 });
    if (bytes.length > limitBytes || offset + packed.length > limitBytes)
      throw new Error(`${name} is too large for an archive of this form`);
    const text = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(deflate, 4);
    common.writeUInt32LE(dosTime(seconds), 6);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(text.length, 22);
    const central = Buffer.alloc(14);
    const mode = 0o100000 | (isExecutable ? 0o755 : 0o644);
    central.writeUInt32LE(mode * 0x1_0000, 6);
    central.writeUInt32LE(offset, 10);
    parts.push(signature(0x0403_4b50), common, text, packed);
    directory.push(signature(0x0201_4b50), word(madeOnUnix), common, central, text);
    offset += 4 + common.length + text.length + packed.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, signature(0x0605_4b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** In steps of two seconds, from 1980 on, in no time zone. */
function dosTime(seconds: number): number {
  const time = new Date(1_000 * Math.max(seconds, 315_532_800));
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return date * 0x1_0000 + clock;
}
