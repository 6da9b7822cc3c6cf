/** What `status` shows of the firewall: whether its rules are in force, how many there are, and what was dropped. */

import { type ProbeAnswer, type StatusCell, type StatusProbe, type StatusRow, sh, statusProbe } from 'foobar-deploy'
import { table } from './rules.ts'

/** The probe; `path` is the file with the rules, `unit` loads it at boot. */
export function firewallProbe(path: string, unit: string): StatusProbe {
  return statusProbe({
    section: 'Firewall',
    script: sh`PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
list() { nft "$@" list table ${table.split(' ')} 2>/dev/null; }
systemctl is-enabled ${unit} 2>/dev/null | grep -qx enabled && echo enabled || echo disabled
if now=$(list -s); then
  wanted=$(unshare -n sh -c ${`nft -f ${path} && nft -s list table ${table}`} 2>/dev/null)
  if [ "$now" = "$wanted" ]; then echo loaded; else echo changed; fi
  list
else echo absent; fi`,
    parse: rowsOf,
  })
}

const states: Readonly<Record<string, StatusCell>> = {
  loaded: { text: 'in force', level: 'good' },
  changed: { text: 'not as in the file', level: 'warning' },
  absent: { text: 'not in force', level: 'bad' },
}

function rowsOf({ stdout }: ProbeAnswer): StatusRow[] {
  const [boot, state = '', ...listing] = stdout.split('\n').map((line) => line.trim())
  const rules = listing.filter((line) => /\b(accept|drop)\b/.test(line) && !line.startsWith('type ')).length
  const [, packets = '0'] = /counter dropped \{\s*packets (\d+)/.exec(listing.join('\n')) ?? []
  return [
    {
      state: states[state] ?? { text: 'unknown', level: 'bad' },
      rules,
      dropped: Number(packets),
      'at boot': boot === 'enabled' ? { text: 'yes', level: 'good' } : { text: 'no', level: 'bad' },
    },
  ]
}
