/** What stands in for the site and the database in lab tests of balancers: nginx, which files on its host make ill. */

/**
 * A script that has nginx answer with the name of its host on port 8080, and as the health endpoint of a database on 9200.
 * `/srv/ill` makes the site answer 502, `/srv/writable` makes the database the one to write to.
 */
export function standIn(name: string): string {
  return `rm -f /etc/nginx/sites-enabled/default /srv/ill /srv/writable
cat >/etc/nginx/conf.d/stand-in.conf <<'END'
server {
  listen 8080;
  default_type text/plain;
  location / {
    if (-f /srv/ill) { return 502; }
    return 200 "${name} for=$http_x_forwarded_for proto=$http_x_forwarded_proto id=$http_x_request_id real=$http_x_real_ip\n";
  }
  location = /slow { root /srv; limit_rate 500; }
}
server {
  listen 9200;
  location = /write { if (-f /srv/writable) { return 200; } return 503; }
  location = /read { if (-f /srv/writable) { return 503; } return 200; }
}
END
head -c 10000 /dev/zero >/srv/slow
systemctl restart nginx`
}
