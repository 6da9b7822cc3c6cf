/** Options of mounts: which of those that are desired a mount does not have, and those that give it all of them. */

import type { Mounted } from './mounts.query.ts'

/** What the kernel keeps of every mount. */
interface Flags {
  readonly write: 'rw' | 'ro'
  readonly setuid: 'suid' | 'nosuid'
  readonly devices: 'dev' | 'nodev'
  readonly programs: 'exec' | 'noexec'
  readonly accessTimes: 'relatime' | 'noatime' | 'strictatime'
  readonly folderTimes: 'diratime' | 'nodiratime'
}

const defaults: Flags = {
  write: 'rw',
  setuid: 'suid',
  devices: 'dev',
  programs: 'exec',
  accessTimes: 'relatime',
  folderTimes: 'diratime',
}

const protectedFlags = { setuid: 'nosuid', devices: 'nodev' } as const

const effects: Readonly<Record<string, Partial<Flags>>> = {
  defaults,
  rw: { write: 'rw' },
  ro: { write: 'ro' },
  suid: { setuid: 'suid' },
  nosuid: { setuid: 'nosuid' },
  dev: { devices: 'dev' },
  nodev: { devices: 'nodev' },
  exec: { programs: 'exec' },
  noexec: { programs: 'noexec' },
  relatime: { accessTimes: 'relatime' },
  atime: { accessTimes: 'relatime' },
  noatime: { accessTimes: 'noatime' },
  strictatime: { accessTimes: 'strictatime' },
  diratime: { folderTimes: 'diratime' },
  nodiratime: { folderTimes: 'nodiratime' },
  // These bring others with them, which later ones may take back.
  owner: protectedFlags,
  group: protectedFlags,
  user: { ...protectedFlags, programs: 'noexec' },
  users: { ...protectedFlags, programs: 'noexec' },
}

/** What of `options` the mount does not have; empty where nothing can be seen to differ. */
export function lackingOptions(options: readonly string[], { flags, options: ofSystem }: Mounted): string[] {
  const wanted = flagsOf(options)
  const isReadOnly = flags.includes('ro') || (!isBind(options) && ofSystem.includes('ro'))
  const shown = flagsOf(
    [...flags.filter((flag) => flag in effects), ...(isReadOnly ? ['ro'] : [])],
    !flags.includes('relatime'),
  )
  const ownOnes = (Object.keys(wanted) as (keyof Flags)[])
    .filter((key) => wanted[key] !== shown[key])
    .map((key) => wanted[key])
  if (isBind(options)) return ownOnes
  const values = new Map(ofSystem.map(pairOf))
  const ofType = options.filter((option) => {
    const [key, value] = pairOf(option)
    const found = values.get(key)
    return value !== undefined && found !== undefined && !isSameValue(found, value)
  })
  return [...ownOnes, ...ofType]
}

/** The options for a remount, with all flags said: what is not said is kept by some kernels. */
export function remountOptions(options: readonly string[]): string {
  const own = options.filter((option) => !(option in effects))
  return ['remount', ...Object.values(flagsOf(options)), ...own].join(',')
}

/** Whether what is mounted is a part of the tree that is there already. */
export function isBind(options: readonly string[]): boolean {
  return options.includes('bind') || options.includes('rbind')
}

function flagsOf(options: readonly string[], isStrict = false): Flags {
  const start: Flags = isStrict ? { ...defaults, accessTimes: 'strictatime' } : defaults
  return Object.assign({}, start, ...options.map((option) => effects[option])) as Flags
}

function pairOf(option: string): [string, string | undefined] {
  const at = option.indexOf('=')
  return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)]
}

/** The kernel shows `size=64m` as `size=65536k`, and `mode=0755` as `mode=755`. */
function isSameValue(shown: string, wanted: string): boolean {
  const [left, right] = [amountOf(shown), amountOf(wanted)]
  // A share of the memory cannot be compared with an amount.
  return left !== undefined && right !== undefined ? left === right : shown === wanted || wanted.endsWith('%')
}

const units: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

function amountOf(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text)
  return match ? Number(match[1]) * (units[match[2]?.toLowerCase() ?? ''] ?? 1) : undefined
}
