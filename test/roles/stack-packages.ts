/** The packages that lab tests of the stack have baked into their hosts: few lists, so that few images are built. */

/** Everything of the stack with MySQL, for suite sid. */
export const stackPackages: readonly string[] = [
  'chrony',
  'haproxy',
  'keepalived',
  'mysql-server',
  'nftables',
  'nginx',
  'nodejs',
  'openssl',
  'prometheus',
  'prometheus-mysqld-exporter',
  'prometheus-nginx-exporter',
  'prometheus-node-exporter',
  'unattended-upgrades',
]

/** A database server with MariaDB, for suites bookworm and trixie. */
export const mariadbPackages: readonly string[] = ['mariadb-server', 'openssl']
