/** Facts: what a host is, gathered anew in every run. */

/** A network interface with its addresses in CIDR notation. */
export interface NetworkInterface {
  readonly name: string
  readonly mac: string
  readonly addresses: readonly string[]
}

/** What is known of a host's system. */
export interface Facts {
  /** The name it calls itself, without domain. */
  readonly hostname: string
  /** The fully qualified name, or the short one where there is no other. */
  readonly fqdn: string
  readonly os: {
    /** `debian`, `ubuntu`. */
    readonly id: string
    /** `12`, `24.04`; empty for Debian's unreleased suites. */
    readonly version: string
    /** `bookworm`, `noble`. */
    readonly codename: string
    /** As people call it: `Debian GNU/Linux 12 (bookworm)`. */
    readonly name: string
  }
  readonly kernel: string
  /** As dpkg calls it: `amd64`, `arm64`. */
  readonly architecture: string
  /** Processors online. */
  readonly cpus: number
  /** Physical memory in bytes. */
  readonly memoryBytes: number
  /** The source address of the default route; absent where there is none. */
  readonly defaultAddress?: string
  readonly interfaces: readonly NetworkInterface[]
  /** What process 1 is: `systemd`. */
  readonly init: string
  readonly packageManager: 'apt' | 'unknown'
  /** As systemd-detect-virt says: `none`, `kvm`, `systemd-nspawn`. */
  readonly virtualization: string
  /** Seconds since boot. */
  readonly uptimeSeconds: number
}
