/** OpenPGP public keys: told from anything else, and written as the armored text that apt reads from `.asc` files. */

const begin = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
const end = '-----END PGP PUBLIC KEY BLOCK-----'

/** The armored text of the keys in `bytes`, which may be armored or not. Throws an `Error` that says why it is no key. */
export function armoredKey(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.includes('-----BEGIN PGP PRIVATE KEY BLOCK-----')) throw new Error('is a private key')
  if (text.includes(begin)) {
    for (const block of blocksIn(text)) checkPackets(decode(block))
    return `${text.trim()}\n`.replaceAll('\r\n', '\n')
  }
  checkPackets(bytes)
  return armor(bytes)
}

function blocksIn(text: string): string[] {
  const blocks = text.split(begin).slice(1)
  if (blocks.some((block) => !block.includes(end))) throw new Error(`has no line ${end}`)
  return blocks.map((block) => block.slice(0, block.indexOf(end)))
}

/** The bytes of a block: what follows its headers and an empty line, without the checksum at its end. */
function decode(block: string): Buffer {
  const lines = block.split(/\r?\n/).map((line) => line.trim())
  const empty = lines.indexOf('', 1)
  const body = lines.slice(empty + 1).filter((line) => line !== '')
  const checksum = body.find((line) => /^=[A-Za-z0-9+/]{4}$/.test(line))
  const base64 = body.filter((line) => line !== checksum).join('')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('holds something that is no base64')
  const bytes = Buffer.from(base64, 'base64')
  if (checksum !== undefined && crc24(bytes) !== checksum.slice(1)) {
    throw new Error('is damaged: its checksum is another one')
  }
  return bytes
}

const publicKeyTag = 6

/** The first packet must be a public key; the tag stands in the first byte, in the old form or the new. */
function checkPackets(bytes: Uint8Array): void {
  const first = bytes[0] ?? 0
  const tag = first & 0x40 ? first & 0x3f : (first >> 2) & 0x0f
  if (!(first & 0x80) || tag !== publicKeyTag || bytes.length < 32) throw new Error('is no OpenPGP public key')
}

function armor(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [begin, '', ...lines, `=${crc24(bytes)}`, end, ''].join('\n')
}

/** The checksum of RFC 4880, in base64. */
function crc24(bytes: Uint8Array): string {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x800000 ? 0x1864cfb : 0)
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]).toString('base64')
}
