/** Asks for the boot id, and whether packages require a reboot; no process is started. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

/** A boot. */
export interface Boot {
  /** Anew with each boot. */
  readonly id: string
  /** Whether a package asked for a reboot since. */
  readonly isRebootRequired: boolean
  /** The packages that did, as far as they said so. */
  readonly packages: readonly string[]
}

export const bootQuery: QueryKind<'this', Boot> = {
  name: 'boot',
  key: (operand) => operand,
  script: () => `read -r id </proc/sys/kernel/random/boot_id && echo "$id"
if [ -e /run/reboot-required ]; then echo required; else echo no; fi
if [ -r /run/reboot-required.pkgs ]; then while read -r package; do echo "$package"; done </run/reboot-required.pkgs; fi
:`,
  parse: (output, operands) => {
    const [id = '', required, ...packages] = output.stdout.toString().trim().split('\n')
    if (!/^[0-9a-f-]{36}$/.test(id)) throw unexpectedAnswer('the id of the boot', output)
    const boot = { id, isRebootRequired: required === 'required', packages: [...new Set(packages)] }
    return operands.map(() => boot)
  },
}

/** The boot that the host is in. */
export const boot = defineQuery(bootQuery)
