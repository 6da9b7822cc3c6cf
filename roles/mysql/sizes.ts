/** Sizes: as the server’s configuration writes them, and how much memory the buffer pool gets. */

import { z } from 'foobar-deploy'

/** A size as the server’s configuration writes it. */
export const size = z.string().regex(/^[1-9]\d*[KMG]?$/, 'must be a size such as 64M or 2G')

const mebibyte = 2 ** 20
const gibibyte = 2 ** 30
const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: mebibyte, G: gibibyte }

/** `64M` in bytes. */
export function bytesOf(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([KMG]?)$/.exec(text) ?? []
  return Number(digits) * (units[unit] ?? 1)
}

/** How the buffer pool is cut. */
export interface BufferPool {
  readonly bytes: number
  /** Into how many parts, where the server has several. */
  readonly instances: number
}

const chunk = 128 * mebibyte

/**
 * `wanted` bytes, rounded down to what the server takes without rounding by itself: a whole number of chunks for each
 * instance. At least 64 MiB.
 */
export function bufferPoolOf(wanted: number): BufferPool {
  const instances = Math.min(8, Math.max(1, Math.floor(wanted / gibibyte)))
  if (wanted < chunk) return { bytes: Math.max(64 * mebibyte, Math.floor(wanted / mebibyte) * mebibyte), instances }
  return { bytes: Math.floor(wanted / (chunk * instances)) * chunk * instances, instances }
}
