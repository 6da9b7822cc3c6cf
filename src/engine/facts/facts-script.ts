/** The script that prints a host's facts with hardly a process. */

import { listPending } from '../host/host-folder.ts'
import { virtualizationScript } from './virtualization.ts'

// A process costs a millisecond or two on the host and a builtin a microsecond for each byte it reads. So files are read
// by builtins and no further than needed; `ip` and `df` are the only processes on most hosts.
/** Prints what `parseFacts` reads: `name=value` lines, and after a line `@name` the lines of a program. */
export const factsScript = String.raw`
v() { printf '%s=%s\n' "$1" "$2"; }
r() { x=; IFS= read -r x <"$2" && v "$1" "$x"; } 2>/dev/null
r hostname /proc/sys/kernel/hostname; h=$x
r kernel /proc/sys/kernel/osrelease; r init /proc/1/comm; r uptime /proc/uptime; r memory /proc/meminfo
r bootId /proc/sys/kernel/random/boot_id; r machineId /etc/machine-id; r cpus /sys/devices/system/cpu/online
for k in ed25519 ecdsa rsa; do r sshHostKey "/etc/ssh/ssh_host_${'$'}{k}_key.pub" && break; done
{
n=0; while [ $n -lt 8 ] && IFS= read -r x; do n=$((n+1)); case $x in model\ name*) v cpuModel "${'$'}{x#*: }"; break;; esac; done </proc/cpuinfo
while IFS= read -r x; do v swap "$x"; done </proc/swaps
for i in /sys/class/net/*/address; do i=${'$'}{i%/address}; r "mac.${'$'}{i##*/}" "$i/address"; done
for i in /sys/block/*; do case $i in */loop*|*/ram*|*/zram*) ;; *) r "disk.${'$'}{i##*/}" "$i/size";; esac; done
while IFS= read -r x; do case $x in ID=*|VERSION_ID=*|VERSION_CODENAME=*|PRETTY_NAME=*) v os "$x";; esac; done </etc/os-release
d() { while IFS= read -r x; do case $x in nameserver*) v nameserver "$x"; case $x in *127.0.0.53*) s=1;; esac;; esac; done <"$1"; }
s=; d /etc/resolv.conf; if [ -n "$s" ]; then v nameserver -; d /run/systemd/resolve/resolv.conf; fi
case $h in *.*) ;; *) n=0; while [ $n -lt 50 ] && IFS= read -r x; do n=$((n+1)); case $x in *[[:blank:]]"$h".*) v hosts "$x"; break;; esac; done </etc/hosts;; esac
} 2>/dev/null
z=/usr/share/zoneinfo
if [ ! -e /etc/localtime ] || [ /etc/localtime -ef $z/Etc/UTC ]; then v timezone Etc/UTC
elif { IFS= read -r x </etc/timezone; } 2>/dev/null && [ /etc/localtime -ef "$z/$x" ]; then v timezone "$x"
else printf timezone=; readlink /etc/localtime || echo; fi
set -- /var/lib/dpkg/info/libc6:*.list
if [ $# = 1 ] && [ -e "$1" ]; then x=${'$'}{1#*:}; v architecture "${'$'}{x%.list}"
else printf architecture=; dpkg --print-architecture 2>/dev/null || uname -m; fi
command -v apt-get >/dev/null && v packageManager apt${virtualizationScript}
${listPending}
echo @ip
ip -o -force -batch - 2>/dev/null <<'E'
addr show
route get 8.8.8.8
route get 2000::1
E
echo @df
df -lB1 --output=source,fstype,size,avail,target -x tmpfs -x devtmpfs -x squashfs -x efivarfs 2>/dev/null
echo @end
`
