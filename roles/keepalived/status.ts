/** Whether a host has the addresses, for `foobar-deploy status`. */

import type { StatusRow } from 'foobar-deploy'

/** The rows that the answer stands for: the state of the unit, and then what addresses there are. */
export function rowsOf(stdout: string, virtualAddresses: readonly string[]): StatusRow[] {
  const [unit = '', ...lines] = stdout.split('\n')
  return virtualAddresses.map((given) => {
    const address = given.split('/')[0] ?? given
    const isHere = lines.some((line) => line.includes(` ${address}/`))
    return {
      address,
      held: isHere ? { text: 'here', level: 'good' } : 'not here',
      keepalived: { text: unit, level: unit === 'active' ? 'good' : 'bad' },
    }
  })
}
