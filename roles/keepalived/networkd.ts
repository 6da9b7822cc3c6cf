/** Makes systemd-networkd keep what keepalived adds: else its restart removes the addresses, routes and rules of others. */

import { command, directory, file, sh, type TaskList } from 'foobar-deploy'

const dropIn = 'zz-foobar-keepalived.conf'

/** The tasks. They take effect when networkd starts the next time; nothing is reloaded. */
export function networkdTasks(device: string): TaskList {
  const folder = '/etc/systemd/networkd.conf.d'
  return [
    directory({ path: folder, owner: 'root', group: 'root', mode: '0755' }),
    file({
      path: `${folder}/foobar-keepalived.conf`,
      content: `# Written by foobar-deploy; changes made here are lost.
[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
`,
      owner: 'root',
      group: 'root',
      mode: '0644',
    }),
    command({
      title: `systemd-networkd keeps the addresses on ${device}`,
      run: keep(device),
      unless: isKept(device),
    }),
  ]
}

/** Succeeds if networkd has not configured the interface, or keeps the addresses on it. `root` is for tests. */
export function isKept(device: string, root = ''): string {
  return `${looked(device, root)}
case $file,$keeps in ,* | *,static | *,yes | *,true | *,on | *,1) ;; *) exit 1 ;; esac`
}

/** Writes the drop-in for the file with which networkd has configured the interface. */
export function keep(device: string, root = ''): string {
  return `${looked(device, root)}
# What keeps the lease of DHCP goes on to do so.
case $keeps in dynamic*) keeps=yes ;; *) keeps=static ;; esac
folder=${quoted(`${root}/etc/systemd/network`)}/"$name.d"
mkdir -p "$folder" && printf '# Written by foobar-deploy; changes made here are lost.\\n[Network]\\nKeepConfiguration=%s\\n' $keeps >"$folder/.${dropIn}" &&
  chmod 644 "$folder/.${dropIn}" && mv "$folder/.${dropIn}" "$folder/${dropIn}"`
}

// Our drop-in has the last name in the last folder, so what it says is in force.
function looked(device: string, root: string): string {
  const dropIns = ['usr/lib', 'run', 'etc'].map(
    (folder) => `${quoted(`${root}/${folder}/systemd/network`)}/"$name.d"/*.conf`,
  )
  return `index=$(cat ${quoted(`${root}/sys/class/net/${device}/ifindex`)})
file=$(sed -n 's/^NETWORK_FILE=//p' ${quoted(`${root}/run/systemd/netif/links`)}/"$index" 2>/dev/null)
name=$\{file##*/}
[ -z "$file" ] ||
  keeps=$(cat ${quoted(root)}"$file" ${dropIns.join(' ')} 2>/dev/null | sed -n 's/^ *KeepConfiguration *= *//p' | tail -n 1)`
}

const quoted = (text: string) => sh`${text}`.script
