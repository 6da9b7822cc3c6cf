/** The table of the comparison with Ansible: all rows, each with a folder of its own on both hosts. */

import { accountRows } from './account-rows.ts'
import { blockInFileRows } from './block-in-file-rows.ts'
import type { Comparison } from './comparison.ts'
import { cronRows } from './cron-rows.ts'
import { fileRows } from './file-rows.ts'
import { lineInFileRows } from './line-in-file-rows.ts'
import { lineKeptRows } from './line-kept-rows.ts'
import { sysctlRows } from './sysctl-rows.ts'

/** A row in its place. */
export interface PlacedRow extends Comparison {
  readonly folder: string
}

export const rows: readonly PlacedRow[] = [
  ...lineInFileRows,
  ...lineKeptRows,
  ...blockInFileRows,
  ...fileRows,
  ...accountRows,
  ...cronRows,
  ...sysctlRows,
].map((row, index) => ({ ...row, folder: `/srv/rows/${String(index).padStart(3, '0')}` }))

/** Makes what all rows begin with; run by root on both hosts. */
export const prepareScript = [
  'rm -f /etc/skel/.[a-z]*; echo skel >/etc/skel/.profile',
  ...rows.map(({ folder, start = '' }) => `mkdir -p ${folder}; cd ${folder}\n( set -e\n${start}:\n) >&2 || exit`),
].join('\n')
