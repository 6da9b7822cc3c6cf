/** How the hosts' images are made: the scripts, and the names that change whenever a script or its input does. */

import type { LabSuite } from '../model/lab.ts'
import { fingerprint } from './lab-paths.ts'

/** The lab's own address, on which the hosts find the packages' proxy. */
export const labAddress = '198.51.100.1'

/** Where the hosts find the packages' proxy. */
export const proxyPort = 3142

/** User and group id of `vagrant` on every host. */
export const vagrantId = 1000

/** What every host has; Python is left out on purpose: nothing on a host may need it. */
export const basePackages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'iproute2',
  'ca-certificates',
  'apt-utils',
  'curl',
] as const

/** Timers and services that would disturb a measured or just booted host; the host's key is there before it boots. */
const masked = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
  'sshd-keygen.service',
]

// Arguments: final directory, directory to build in, suite, mirror. Run under a lock: nobody else builds this image.
export const baseScript = `
final=$1 partial=$2 suite=$3 mirror=$4
[ ! -d "$final" ] || exit 0
rm -rf -- "$partial"
proxy='Acquire::http::Proxy "http://${labAddress}:${proxyPort}";'
mmdebstrap --mode=root --format=directory --variant=minbase --skip=cleanup/apt \\
  --aptopt="$proxy" --aptopt='Acquire::Check-Valid-Until "false"' \\
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \\
  --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/locale/*' \\
  --dpkgopt=force-unsafe-io \\
  --include=${basePackages.join(',')} "$suite" "$partial" "$mirror"
cd -- "$partial"
rm -f etc/apt/apt.conf.d/99mmdebstrap etc/ssh/ssh_host_* var/cache/apt/archives/*.deb var/lib/dbus/machine-id
rm -f etc/resolv.conf etc/hostname
: > etc/machine-id
printf '%s\\n' "$proxy" 'Acquire::Check-Valid-Until "false";' 'Acquire::Languages "none";' \\
  > etc/apt/apt.conf.d/90lab
printf '%s\\n' 'UseDNS no' 'HostKey /etc/ssh/ssh_host_ed25519_key' > etc/ssh/sshd_config.d/lab.conf
chroot . useradd --uid ${vagrantId} --user-group --create-home --shell /bin/bash --password '*' vagrant
chmod 0755 home/vagrant
echo 'vagrant ALL=(ALL:ALL) NOPASSWD: ALL' > etc/sudoers.d/vagrant
chmod 0440 etc/sudoers.d/vagrant
chroot . systemctl enable systemd-networkd.service ssh.service
for unit in ${masked.join(' ')}; do ln -sf /dev/null "etc/systemd/system/$unit"; done
chroot . apt-cache policy > /dev/null
cd /
mv -T -- "$partial" "$final"
`

// Arguments: final directory, directory to build in, base image, packages. Run under a lock, in mount and process
// namespaces of its own: what a package's script mounts or starts ends with it.
export const layerScript = `
final=$1 partial=$2 base=$3
shift 3
[ ! -d "$final" ] || exit 0
rm -rf -- "$partial"
root=$partial/root
mkdir -p -- "$partial/upper" "$partial/work" "$root"
chmod 0755 "$partial/upper"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$partial/upper,workdir=$partial/work,index=off,metacopy=off" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"
in_root() {
  chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \\
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
in_root apt-get update
in_root apt-get install --yes --no-install-recommends -- "$@"
rm -f "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/archives/*.deb "$root"/etc/ssh/ssh_host_*
rm -f "$root/var/lib/mysql/auto.cnf" "$root"/var/lib/mysql/*.pem "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
in_root apt-cache policy > /dev/null
umount --recursive --lazy "$root"
mv -T -- "$partial/upper" "$final"
rm -rf -- "$partial"
`

/** Name of the image with nothing but the base packages. */
export function baseImageName(suite: LabSuite, mirror: string): string {
  return `${suite}-${fingerprint(baseScript, mirror)}`
}

/** Name of the layer that adds packages to a base image; undefined when there is nothing to add. */
export function layerName(base: string, packages: readonly string[]): string | undefined {
  const wanted = [...new Set(packages)].sort()
  return wanted.length === 0 ? undefined : `${base}-${fingerprint(layerScript, ...wanted)}`
}
