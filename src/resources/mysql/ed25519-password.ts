/** How MariaDB's plugin ed25519 keeps a password: the public key of the one that the password is the seed of. */

import { createHash } from 'node:crypto'

// RFC 8032, with a seed of any length, which Node's own keys do not take. Points are in extended coordinates.
const p = 2n ** 255n - 19n
const d = mod(-121665n * inverse(121666n))
const base: Point = extended(
  15112221349535400772501151409588531511454012693041857206046113283949847762202n,
  46316835694926478169428394003475163141307993866256225615783033603165251855960n,
)

type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint]

/** 43 signs of base64. */
export function ed25519Password(password: string): string {
  const half = createHash('sha512').update(password).digest().subarray(0, 32)
  const scalar = (littleEndian(half) & (2n ** 254n - 8n)) | (2n ** 254n)
  const [x, y, z] = multiplied(base, scalar)
  const [affineX, affineY] = [mod(x * inverse(z)), mod(y * inverse(z))]
  const encoded = affineY | ((affineX & 1n) << 255n)
  return Buffer.from(encoded.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64').replace('=', '')
}

function multiplied(point: Point, scalar: bigint): Point {
  let sum: Point = [0n, 1n, 1n, 0n]
  let power = point
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = added(sum, power)
    power = added(power, power)
  }
  return sum
}

function added([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2))
  const b = mod((y1 + x1) * (y2 + x2))
  const c = mod(2n * d * t1 * t2)
  const e = mod(2n * z1 * z2)
  const [f, g, h, i] = [b - a, e - c, e + c, b + a]
  return [mod(f * g), mod(h * i), mod(g * h), mod(f * i)]
}

function extended(x: bigint, y: bigint): Point {
  return [x, y, 1n, mod(x * y)]
}

function inverse(value: bigint): bigint {
  let result = 1n
  let power = mod(value)
  for (let rest = p - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * power)
    power = mod(power * power)
  }
  return result
}

function mod(value: bigint): bigint {
  const rest = value % p
  return rest < 0n ? rest + p : rest
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
