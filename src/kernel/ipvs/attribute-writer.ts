/** How attributes are written straight into a send buffer; the offsets are the caller's. */
import { align4 } from '../netlink/wire.ts';

const nestedFlag = 0x8000;

/** Every writer returns where the next attribute begins. */
export function putU16(view: DataView, at: number, type: number, value: number): number {
  putHeader(view, at, 6, type);
  view.setUint32(at + 4, value & 0xffff, true);
  return at + 8;
}

export function putBe16(view: DataView, at: number, type: number, value: number): number {
  putHeader(view, at, 6, type);
  view.setUint32(at + 4, (value & 0xffff) << 16, false);
  return at + 8;
}

export function putU32(view: DataView, at: number, type: number, value: number): number {
  putHeader(view, at, 8, type);
  view.setUint32(at + 4, value, true);
  return at + 8;
}

/** Characters beyond ASCII are not for here. */
export function putString(view: DataView, at: number, type: number, text: string): number {
  const length = 4 + text.length + 1;
  const end = at + align4(length);
  // The NUL and the padding.
  view.setUint32(end - 4, 0);
  for (let index = 0; index < text.length; index += 1) view.setUint8(at + 4 + index, text.charCodeAt(index));
  putHeader(view, at, length, type);
  return end;
}

export function putHeader(view: DataView, at: number, length: number, type: number): void {
  view.setUint16(at, length, true);
  view.setUint16(at + 2, type, true);
}

/** The header of attributes that lie between `at` and `end`. */
export function putNestedHeader(view: DataView, at: number, end: number, type: number): void {
  putHeader(view, at, end - at, type | nestedFlag);
}
