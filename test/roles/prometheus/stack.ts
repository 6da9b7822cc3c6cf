/** A small stack by hand for tests of monitoring: two MySQL that replicate, Nginx, HAProxy, an address that one host has. */

const addresses: Readonly<Record<string, string>> = { web1: '198.51.100.11', web2: '198.51.100.12' }

/** What both hosts are made of before; `host` is the one it runs on. */
export function stackScript(host: string): string {
  return `set -e
printf 'server { listen 127.0.0.1:8081; location / { stub_status; } }\\n' >/etc/nginx/conf.d/stub.conf
cat >/etc/haproxy/haproxy.cfg <<'END'
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend metrics
  bind ${addresses[host]}:8404
  http-request use-service prometheus-exporter if { path /metrics }
backend web
  server web1 198.51.100.11:80 check inter 300 fall 1
  server web2 198.51.100.12:80 check inter 300 fall 1
END
cat >/etc/mysql/mysql.conf.d/zz-test.cnf <<'END'
[mysqld]
server_id=${host === 'web1' ? 1 : 2}
bind-address=0.0.0.0
gtid_mode=ON
enforce_gtid_consistency=ON
relay_log=relay
mysqlx=OFF
innodb_buffer_pool_size=64M
END
systemctl stop keepalived prometheus
${
  // One host has what Debian starts by itself, the other gets it from the role.
  host === 'web1'
    ? 'rm -rf /var/lib/prometheus/metrics2/*'
    : 'DEBIAN_FRONTEND=noninteractive apt-get -qq purge prometheus prometheus-node-exporter prometheus-nginx-exporter >/dev/null'
}
systemctl restart nginx haproxy mysql
mysql <<'END'
SET SESSION sql_log_bin=0;
CREATE USER 'prometheus'@'localhost' IDENTIFIED WITH auth_socket;
GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'prometheus'@'localhost';
GRANT SELECT ON performance_schema.* TO 'prometheus'@'localhost';
CREATE USER 'replica'@'%' IDENTIFIED BY 'a test';
GRANT REPLICATION SLAVE ON *.* TO 'replica'@'%';
CREATE DATABASE test;
CREATE TABLE test.notes (id INT PRIMARY KEY AUTO_INCREMENT);
RESET BINARY LOGS AND GTIDS;
END
cat >/usr/local/bin/health.mjs <<'END'
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
createServer((_, response) => {
  const [closed, gtidExecuted] = execFileSync('mysql', ['-NBre', 'SELECT @@read_only, REPLACE(@@gtid_executed, CHAR(10), "")']).toString().trim().split('\\t')
  response.end(JSON.stringify({ flavor: 'mysql', isWritable: closed === '0', gtidExecuted }))
}).listen(9200, '${addresses[host]}')
END
systemd-run -q --unit=test-health node /usr/local/bin/health.mjs
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 60 -keyout /dev/null -out /etc/test.pem -subj /CN=test 2>/dev/null
${host === 'web1' ? 'ip address add 198.51.100.10/32 dev host0\nmysql -e "INSERT INTO test.notes VALUES ()"' : ''}`
}

/** Has web2 replicate from web1, and be read-only. */
export const replicate = `mysql <<'END'
CHANGE REPLICATION SOURCE TO SOURCE_HOST='198.51.100.11', SOURCE_USER='replica', SOURCE_PASSWORD='a test', SOURCE_SSL=1, SOURCE_AUTO_POSITION=1, SOURCE_CONNECT_RETRY=1;
START REPLICA;
SET GLOBAL super_read_only=ON;
END`
