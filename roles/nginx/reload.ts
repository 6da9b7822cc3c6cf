/** Reloading nginx so that it shows whether nginx took the new configuration. */

import { command, handler } from 'foobar-deploy'

/**
 * The handler. `systemctl reload` succeeds also where nginx goes on with the old configuration, say because a port is
 * taken: it only sends a signal. So new workers are waited for, and without them the error log is told.
 */
export function reloadHandler(errorLog: string) {
  const run = `# systemctl reload, and wait for new workers
workers() {
  main=$(systemctl show -p MainPID --value nginx.service)
  for status in /proc/[0-9]*/status; do
    while read -r key value; do
      if [ "$key" = PPid: ]; then
        if [ "$value" = "$main" ]; then pid=\${status%/status}; echo "\${pid##*/}"; fi
        break
      fi
    done <"$status"
  done 2>/dev/null
}
old=" $(workers | tr '\\n' ' ') "
systemctl reload-or-restart nginx.service || { journalctl -n 10 --no-pager -o cat -u nginx.service >&2; exit 1; }
tries=0
while [ $tries -lt 50 ]; do
  for pid in $(workers); do case $old in *" $pid "*) ;; *) exit 0 ;; esac; done
  tries=$((tries+1)); sleep 0.1
done
echo 'nginx did not take the new configuration and goes on with the old one; the end of its error log:' >&2
tail -n 5 -- ${errorLog} >&2
echo 'If the address it cannot have is its own, on other addresses of that port: systemctl restart nginx' >&2
exit 1`
  return handler('reload nginx', command({ title: 'reload nginx', run, always: true }))
}
