/** Settings of the kernel that the base role makes by itself. */

/** By name. Those that a kernel does not have, or that a container may not set, are left out there. */
export const kernelDefaults: Readonly<Record<string, string>> = {
  // Files in folders that all may write to cannot be turned against others; programs with privileges leave no memory.
  'fs.protected_fifos': '1',
  'fs.protected_hardlinks': '1',
  'fs.protected_regular': '2',
  'fs.protected_symlinks': '1',
  'fs.suid_dumpable': '0',
  // Where the kernel lies in memory, what it logs, and other people's processes are for root.
  'kernel.dmesg_restrict': '1',
  'kernel.kptr_restrict': '1',
  'kernel.yama.ptrace_scope': '1',
  // Nobody tells the host another route, nor comes from an address that does not lead back.
  'net.ipv4.conf.all.accept_redirects': '0',
  'net.ipv4.conf.all.accept_source_route': '0',
  'net.ipv4.conf.all.rp_filter': '2',
  'net.ipv4.conf.all.secure_redirects': '0',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.accept_redirects': '0',
  'net.ipv4.conf.default.accept_source_route': '0',
  'net.ipv4.conf.default.rp_filter': '2',
  'net.ipv4.conf.default.secure_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
  'net.ipv6.conf.all.accept_redirects': '0',
  'net.ipv6.conf.all.accept_source_route': '0',
  'net.ipv6.conf.default.accept_redirects': '0',
  'net.ipv6.conf.default.accept_source_route': '0',
  'net.ipv4.icmp_echo_ignore_broadcasts': '1',
  'net.ipv4.icmp_ignore_bogus_error_responses': '1',
  // Floods of connections, and bursts of them, as in front of a balancer.
  'net.core.somaxconn': '4096',
  'net.ipv4.tcp_max_syn_backlog': '4096',
  'net.ipv4.tcp_rfc1337': '1',
  'net.ipv4.tcp_syncookies': '1',
  // Memory of services goes to the disk last.
  'vm.swappiness': '10',
}
