/** The wire format of SSH: strings with their length in front. Pure. */

/** `bytes` as a string of SSH. */
export function wireString(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes as Uint8Array)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

/** The first `count` strings in `bytes`; throws a RangeError where they are not whole. */
export function wireStrings(bytes: Buffer, count: number): Buffer[] {
  const strings: Buffer[] = []
  let at = 0
  while (strings.length < count) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) throw new RangeError('a string is cut off')
    strings.push(bytes.subarray(at + 4, end))
    at = end
  }
  return strings
}
