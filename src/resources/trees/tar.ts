/** Writes tar archives in memory, so that thousands of small files travel as one. */

/** A file or a symbolic link of an archive. */
export interface TarEntry {
  /** Relative, with slashes. */
  readonly path: string
  readonly uid: number
  readonly gid: number
  /** Octal digits. */
  readonly mode: string
  readonly content: Uint8Array | { readonly target: string }
}

const block = 512

/** The archive, in GNU's form of the format: names of any length, as UTF-8. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(partsOf), Buffer.alloc(2 * block)])
}

function partsOf({ path, uid, gid, mode, content }: TarEntry): Buffer[] {
  const name = Buffer.from(path)
  const isLink = 'target' in content
  const target = Buffer.from(isLink ? content.target : '')
  const data = isLink ? Buffer.alloc(0) : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const head = header({ name, mode, uid, gid, size: data.length, kind: isLink ? '2' : '0', target })
  return [...longText('L', name), ...longText('K', target), head, ...padded(data)]
}

interface Header {
  readonly name: Buffer
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly kind: string
  readonly target: Buffer
}

const longestName = 100
const placeOf = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  time: 136,
  sum: 148,
  kind: 156,
  target: 157,
  magic: 257,
}

function header({ name, mode, uid, gid, size, kind, target }: Header): Buffer {
  const bytes = Buffer.alloc(block)
  name.copy(bytes, placeOf.name, 0, longestName)
  bytes.write(`${mode.padStart(7, '0')}\0`, placeOf.mode)
  number(uid, 8).copy(bytes, placeOf.uid)
  number(gid, 8).copy(bytes, placeOf.gid)
  number(size, 12).copy(bytes, placeOf.size)
  number(0, 12).copy(bytes, placeOf.time)
  bytes.write(kind, placeOf.kind)
  target.copy(bytes, placeOf.target, 0, longestName)
  bytes.write('ustar  \0', placeOf.magic, 'latin1')
  bytes.fill(' ', placeOf.sum, placeOf.sum + 8)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, placeOf.sum)
  return bytes
}

/** Octal digits; in base 256, marked by the first bit, where they are too many. */
function number(value: number, width: number): Buffer {
  const digits = value.toString(8)
  if (digits.length < width) return Buffer.from(`${digits.padStart(width - 1, '0')}\0`)
  const bytes = Buffer.alloc(width)
  bytes.writeBigUInt64BE(BigInt(value), width - 8)
  bytes[0] = (bytes[0] ?? 0) | 0x80
  return bytes
}

/** A name that is too long for a header comes before it, as the content of an entry of its own. */
function longText(kind: string, text: Buffer): Buffer[] {
  if (text.length <= longestName) return []
  const data = Buffer.concat([text, Buffer.alloc(1)])
  const name = Buffer.from('../@LongLink')
  const head = header({ name, mode: '0644', uid: 0, gid: 0, size: data.length, kind, target: Buffer.alloc(0) })
  return [head, ...padded(data)]
}

function padded(data: Buffer): Buffer[] {
  const rest = data.length % block
  return rest === 0 ? [data] : [data, Buffer.alloc(block - rest)]
}
