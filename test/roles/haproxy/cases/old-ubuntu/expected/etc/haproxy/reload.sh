# Written by foobar-deploy; changes made here are lost.
# Reloads HAProxy and shows whether it took the configuration. systemctl succeeds also where HAProxy goes on with the old
# one, say because a port is taken: it only sends a signal. So another process is waited for.
pid() {
  perl -e 'use Socket;
alarm 5;
my $haproxy;
socket($haproxy, PF_UNIX, SOCK_STREAM, 0) && connect($haproxy, sockaddr_un("/run/haproxy/admin.sock")) or exit 3;
syswrite $haproxy, "show info\n";
/^Pid: (\d+)/ && print $1 while <$haproxy>;'
}
began=$(date +%s)
logged() { journalctl --since "@$began" --no-pager -o cat -u haproxy.service; }
alerts() { logged | grep -F '[ALERT]'; }
# What it complains of; else the end of its log, without requests.
said() { alerts >&2 || logged | grep -v '^{' | tail -n 12 >&2; }
old=$(pid)
systemctl reload-or-restart haproxy.service || { said; exit 1; }
tries=0
while [ $tries -lt 100 ]; do
  new=$(pid)
  if [ "$new" ] && [ "$new" != "$old" ]; then exit 0; fi
  tries=$((tries + 1))
  if [ $((tries % 10)) = 0 ] && alerts >/dev/null; then break; fi
  sleep 0.1
done
echo 'HAProxy did not take the configuration and goes on with the old one:' >&2
said
exit 1
