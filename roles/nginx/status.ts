/** What `status` shows of nginx on a host. */

import { sh, statusProbe } from 'foobar-deploy'

/** The probe: whether it runs, since when, in which version, and which sites it has. */
export function nginxProbe() {
  return statusProbe({
    section: 'Nginx',
    script: sh`systemctl show -p ActiveState,ActiveEnterTimestamp --timestamp=utc nginx.service 2>/dev/null
nginx -v 2>&1 | sed -n 's,^nginx version: nginx/,Version=,p'
for site in /etc/nginx/sites-enabled/*.conf; do [ -e "$site" ] && echo "Site=$site"; done`,
    parse: ({ stdout }) => [rowOf(stdout.split('\n'))],
  })
}

function rowOf(lines: readonly string[]) {
  const valuesOf = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
  const [state = 'unknown'] = valuesOf('ActiveState')
  const [version] = valuesOf('Version')
  if (version === undefined) return { state: { text: 'not installed', level: 'bad' as const } }
  const isUp = state === 'active'
  return {
    state: { text: state, level: isUp ? ('good' as const) : ('bad' as const) },
    since: isUp ? (valuesOf('ActiveEnterTimestamp')[0] ?? '').replace(/^\w+ /, '') : '',
    version: version.replace(/ .*/, ''),
    sites: valuesOf('Site')
      .map((path) => path.replace(/^.*\/|\.conf$/g, ''))
      .join(' '),
  }
}
