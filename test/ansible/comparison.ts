/** A row of the comparison with Ansible: one start, the same wish in both languages, and what is to come of it. */

import type { Task } from '../../src/index.ts'

/** A task of Ansible as its playbook has it, without a name. */
export type AnsibleTask = Readonly<Record<string, unknown>>

/** What a first run reports of its tasks. */
export type Report = 'changed' | 'ok' | 'failed'

/** The same wish, said to both. */
export interface Comparison {
  /** Unlike that of any other row; says what is tried. */
  readonly name: string
  /** Makes the state both begin with: a script for `sh`, run by root in the row's own folder. */
  readonly start?: string
  /** `folder` is the row's own. */
  readonly ours: (folder: string) => Task | readonly Task[]
  readonly theirs: (folder: string) => AnsibleTask | readonly AnsibleTask[]
  /** What our first run reports; where it is not said, `changed`. */
  readonly reports?: Report
  /** What is compared beside the folder. */
  readonly looks?: Looks
  /** Where we differ on purpose: all lines of the outcome that one side has alone, and the reason. */
  readonly differs?: { readonly why: string; readonly ours: readonly string[]; readonly theirs: readonly string[] }
}

/** What of a host belongs to a row. */
export interface Looks {
  /** Files, and folders with what they hold. */
  readonly paths?: readonly string[]
  readonly user?: string
  /** A path below /proc/sys. */
  readonly setting?: string
}

/** A script that makes a file of exactly this text. */
export function textFile(text: string, name = 'file'): string {
  const octal = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `printf '${octal.join('')}' >'${name}'\n`
}
