/** What `status` shows of each host: its system, load, memory and disk, whether its clock is right, and what is to be done. */

import { type ProbeAnswer, type StatusCell, type StatusProbe, type StatusRow, sh, statusProbe } from 'foobar-deploy'

/** The probe; what a host cannot tell is `?`. */
export function hostProbe(): StatusProbe {
  return statusProbe({
    section: 'Hosts',
    script: sh`LC_ALL=C; export LC_ALL
v() { printf '%s=%s\\n' "$1" "$2"; }
. /etc/os-release 2>/dev/null
v os "$PRETTY_NAME"
read -r uptime rest </proc/uptime; v uptime "$uptime"
read -r load rest </proc/loadavg; v load "$load"
v cpus "$(nproc 2>/dev/null)"
while read -r key value rest; do case $key in MemTotal:|MemAvailable:) v "\${key%:}" "$value";; esac; done </proc/meminfo
df -P / 2>/dev/null | { read -r header; read -r device size used free share rest; v disk "$share"; }
v container "$(cat /run/systemd/container 2>/dev/null)"
v synchronized "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)"
v security "$(timeout 30 apt-get -s -o Debug::NoLocking=1 dist-upgrade 2>/dev/null | grep -ci '^Inst .*security')"
if [ -e /run/reboot-required ]; then v reboot yes; else v reboot no; fi`,
    parse: ({ stdout }: ProbeAnswer) => [rowOf(stdout)],
  })
}

function rowOf(stdout: string): StatusRow {
  const told = new Map(
    stdout.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  const number = (name: string) =>
    /^[\d.]+%?$/.test(told.get(name) ?? '') ? Number.parseFloat(told.get(name) ?? '') : undefined
  const [total, available] = [number('MemTotal'), number('MemAvailable')]
  const memory = total && available !== undefined ? Math.round(100 * (1 - available / total)) : undefined
  const updates = number('security')
  // What a container sees of these is the whole machine's.
  const measured = told.get('container') ? plain : judged
  return {
    system: told.get('os') || '?',
    up: durationOf(number('uptime')),
    load: measured(number('load'), '', (load) => load / (number('cpus') || 1), [1, 4]),
    memory: measured(memory, ' %', (share) => share, [85, 95]),
    disk: judged(number('disk'), ' %', (share) => share, [80, 95]),
    clock: clockOf(told),
    'security updates': updates === undefined ? '?' : updates === 0 ? 0 : { text: String(updates), level: 'warning' },
    reboot: told.get('reboot') === 'yes' ? { text: 'needed', level: 'warning' } : 'no',
  }
}

function clockOf(told: ReadonlyMap<string, string>): StatusCell {
  if (told.get('container')) return 'the machine’s'
  if (told.get('synchronized') === 'yes') return { text: 'right', level: 'good' }
  return { text: 'not synchronised', level: 'warning' }
}

/** A number with its level: from the first limit on a warning, from the second on bad. */
function judged(
  value: number | undefined,
  unit: string,
  measure: (value: number) => number,
  [warning, bad]: readonly [number, number],
): StatusCell {
  if (value === undefined) return '?'
  const size = measure(value)
  return { text: `${value}${unit}`, level: size >= bad ? 'bad' : size >= warning ? 'warning' : 'good' }
}

function plain(value: number | undefined, unit: string): StatusCell {
  return value === undefined ? '?' : `${value}${unit}`
}

function durationOf(seconds: number | undefined): string {
  if (seconds === undefined) return '?'
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`
}
