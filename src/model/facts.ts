/** Facts: what a host is, gathered anew in every run. */

/** A network interface with its addresses in CIDR notation. */
export interface NetworkInterface {
  readonly name: string
  readonly mac: string
  readonly addresses: readonly string[]
}

/** A mounted local file system. */
export interface Mount {
  /** Where it is mounted: `/`, `/srv`. */
  readonly path: string
  /** What is mounted: `/dev/vda1`. */
  readonly device: string
  /** `ext4`, `xfs`. */
  readonly type: string
  readonly sizeBytes: number
  /** What users who are not root may still write. */
  readonly availableBytes: number
}

/** A block device, whether or not it is in use. */
export interface Disk {
  /** Without `/dev/`: `sda`, `nvme0n1`. */
  readonly name: string
  readonly sizeBytes: number
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
  /** What the first processor calls itself; empty where it does not say. */
  readonly cpuModel: string
  /** Physical memory in bytes. */
  readonly memoryBytes: number
  /** Swap space in bytes, used or not. */
  readonly swapBytes: number
  /** Local file systems on disks, and the root. */
  readonly mounts: readonly Mount[]
  readonly disks: readonly Disk[]
  readonly interfaces: readonly NetworkInterface[]
  /** The source address of the default route of IPv4; absent where there is none. */
  readonly defaultAddress?: string
  /** The source address of the default route of IPv6; absent where there is none. */
  readonly defaultAddress6?: string
  /** The interface of the default route: that of IPv4, else of IPv6; absent where there is neither. */
  readonly defaultInterface?: string
  /** The router of the default route of IPv4; absent where there is none. */
  readonly gateway?: string
  /** The router of the default route of IPv6; absent where there is none. */
  readonly gateway6?: string
  /** Addresses of the DNS servers it asks; those behind systemd-resolved where that stands in between. */
  readonly nameservers: readonly string[]
  /** `Europe/Berlin`, `Etc/UTC`. */
  readonly timezone: string
  /** What process 1 is: `systemd`. */
  readonly init: string
  readonly packageManager: 'apt' | 'unknown'
  /** In the words of systemd-detect-virt: `none`, `kvm`, `systemd-nspawn`. */
  readonly virtualization: string
  /** Seconds since boot. */
  readonly uptimeSeconds: number
  /** Another one after each boot. */
  readonly bootId: string
  /** Of the installed system; empty where there is none. */
  readonly machineId: string
  /** Its public SSH host key as `known_hosts` takes it, Ed25519 where it has one; empty without sshd. */
  readonly sshHostKey: string
  /** What the playbook's own facts said, by name; read them with their `of`, which knows their types. */
  readonly custom: Readonly<Record<string, unknown>>
}
