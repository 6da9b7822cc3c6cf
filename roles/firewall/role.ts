/** The firewall: nftables rules from what the roles of a host open, default drop, taken back unless we still get in. */

import { apt, command, confirmOrRevert, defineRole, directory, file, service, sh, systemdUnit } from 'foobar-deploy'
import { rulesOf, table } from './rules.ts'
import { firewallProbe } from './status.ts'
import { tableInForce } from './table-in-force.ts'
import { firewallVariables } from './variables.ts'
import { wayIn } from './way-in.ts'

const folder = '/etc/foobar-deploy'
const path = `${folder}/firewall.nft`
const unit = 'foobar-firewall.service'
const units = '/etc/systemd/system'

// What was in force comes from the standard input, nothing where there was no table.
const restore = `PATH=$PATH:/usr/sbin:/sbin
[ -e ${units}/${unit} ] || systemctl stop ${unit}
systemctl daemon-reload
before=$(cat)
if [ -n "$before" ]; then printf 'table ${table}\\ndelete table ${table}\\n%s\\n' "$before" | nft -f -
else nft delete table ${table} 2>/dev/null; fi`

/**
 * Lets in SSH from where it is said to come from, and what the roles of the host open (`opens`) to whom they open it;
 * everything else that comes in is dropped. One table is the role’s own, and no other is touched.
 *
 * The rules are loaded in one transaction and stay only if a new SSH connection succeeds.
 *
 * @example
 * ```ts
 * import { firewall } from 'foobar-deploy/roles/firewall'
 *
 * firewall({ sshFrom: ['192.0.2.0/24'], openings: [{ name: 'dns', protocol: 'udp', port: 53, from: 'anyone' }] })
 * ```
 */
export const firewall = defineRole({
  name: 'firewall',
  variables: firewallVariables,
  tasks: ({ vars, openings }) => {
    const { sshFrom, sshPorts, otherFirewalls, confirmWithinSeconds } = vars
    const rules = rulesOf(vars, openings())
    return [
      wayIn({ title: 'nobody is locked out', sshFrom, sshPorts, refusesOthers: otherFirewalls === 'refuse' }),
      apt({ packages: ['nftables'] }),
      directory({ path: folder, owner: 'root', group: 'root', mode: '0755' }),
      confirmOrRevert({
        title: 'firewall',
        paths: [path, `${units}/${unit}`, `${units}/sysinit.target.wants/${unit}`],
        keep: `PATH=$PATH:/usr/sbin:/sbin; nft list table ${table}`,
        restore,
        withinMs: confirmWithinSeconds * 1000,
        tasks: [
          file({ path, content: rules, owner: 'root', group: 'root', mode: '0644', validate: 'nft -c -f %s' }),
          systemdUnit({ name: unit, sections: unitSections }),
          tableInForce({ title: 'rules in force', path, rules }),
          service({ name: unit, running: true, enabled: true }),
        ],
      }),
      otherFirewalls === 'disable' && [
        command({
          title: 'disable ufw',
          run: 'ufw disable',
          onlyIf: "grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf",
        }),
        command({
          title: 'disable firewalld',
          run: sh`systemctl disable --now firewalld`,
          onlyIf: '[ -e /run/firewalld ] && systemctl is-active -q firewalld',
        }),
      ],
    ]
  },
  status: () => [firewallProbe(path, unit)],
})

const unitSections = {
  Unit: {
    Description: 'Firewall rules of foobar-deploy',
    // Before there is a network; after Debian's own unit, whose file may begin by flushing all tables.
    Wants: 'network-pre.target',
    Before: 'network-pre.target',
    After: 'nftables.service',
    PartOf: 'nftables.service',
    ReloadPropagatedFrom: 'nftables.service',
    // Neither does it wait for what ordinary services wait for, nor is it stopped before the network at shutdown.
    DefaultDependencies: false,
  },
  Service: {
    Type: 'oneshot',
    RemainAfterExit: true,
    StandardInput: 'null',
    ProtectSystem: 'full',
    ProtectHome: true,
    ExecStart: `/usr/sbin/nft -f ${path}`,
    ExecReload: `/usr/sbin/nft -f ${path}`,
    ExecStop: `-/usr/sbin/nft delete table ${table}`,
  },
  Install: { WantedBy: 'sysinit.target' },
}
