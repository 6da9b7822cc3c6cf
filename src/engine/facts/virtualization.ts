/** Virtualization from what the firmware calls itself, as systemd-detect-virt would tell, at a fraction of its cost. */

// "Vendor Product" of the firmware tables begins like this; the words are those of systemd.
const firmware: readonly (readonly [prefix: string, word: string])[] = [
  ['Amazon EC2', 'amazon'],
  ['Google', 'google'],
  ['OpenStack', 'kvm'],
  ['KVM', 'kvm'],
  ['QEMU', 'qemu'],
  ['VMware', 'vmware'],
  ['innotek GmbH', 'oracle'],
  ['Oracle Corporation VirtualBox', 'oracle'],
  ['Xen', 'xen'],
  ['Parallels', 'parallels'],
  ['Microsoft Corporation Virtual Machine', 'microsoft'],
  ['Apple Virtualization', 'apple'],
]

/** What a host's script told. */
export interface VirtualizationSigns {
  /** The container it says it is in: `systemd-nspawn`, `docker`; empty for none. */
  readonly container: string
  /** Vendor and product of its firmware, separated by a blank. */
  readonly firmware: string
  /** Its clock sources. */
  readonly clocks: string
  /** The answer of systemd-detect-virt, where it had to be asked. */
  readonly detected: string
  readonly kernel: string
}

/** Whether a machine is a virtual one, and which: `none`, `kvm`, `systemd-nspawn`. */
export function virtualizationOf(signs: VirtualizationSigns): string {
  if (signs.container !== '') return signs.container
  if (/microsoft|WSL/.test(signs.kernel)) return 'wsl'
  if (signs.detected !== '') return signs.detected
  const named = firmware.find(([prefix]) => signs.firmware.startsWith(prefix))?.[1]
  // QEMU names itself alike with and without KVM, but only KVM has this clock.
  const hasKvmClock = signs.clocks.includes('kvm-clock')
  if (named === undefined || named === 'qemu') return hasKvmClock ? 'kvm' : (named ?? 'none')
  return named
}

const prefixes = firmware.map(([prefix]) => `${prefix.replaceAll(' ', '\\ ')}*`).join('|')

// systemd-detect-virt costs more than all other facts: it is asked only where firmware and clock say nothing, and the
// chassis is not that of a real machine.
/** Prints the signs; `r` and `v` are functions of the script it stands in. */
export const virtualizationScript = `
if ! r container /run/systemd/container; then
  if [ -e /.dockerenv ]; then v container docker; elif [ -e /run/.containerenv ]; then v container podman; else
    r vendor /sys/class/dmi/id/sys_vendor; s=$x; r product /sys/class/dmi/id/product_name; s="$s $x"
    r clocks /sys/devices/system/clocksource/clocksource0/available_clocksource; c=$x
    x=; { IFS= read -r x </sys/class/dmi/id/chassis_type; } 2>/dev/null
    case $s in ${prefixes}) ;; *) case $c in *kvm-clock*) ;; *) case $x in ''|1|2) printf detected=; systemd-detect-virt 2>/dev/null || echo;; esac;; esac;; esac
  fi
fi`
