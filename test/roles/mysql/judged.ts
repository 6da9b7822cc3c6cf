/** Whether the real server takes the configuration files of the cases, and systemd the units. */

import type { labFor } from '../../engine/on-lab.ts'
import { casesBeside } from '../role-cases.ts'

const cases = casesBeside(new URL('golden.test.ts', import.meta.url).href)

/** The cases whose name begins with `server`. */
export function caseNamesOf(server: string): string[] {
  return cases.names().filter((name) => name.startsWith(server))
}

/** What a host’s server and systemd say against the files of a case; nothing where they take them. */
export async function judgedOn({ script }: Pick<ReturnType<typeof labFor>, 'script'>, name: string): Promise<string> {
  const files = Object.entries(cases.expected(name))
  const server = files.find(([path]) => path.endsWith('.cnf'))?.[1] ?? ''
  const units = files.filter(([path]) => path.endsWith('.service'))
  const write = ([path, text]: readonly [string, string]) =>
    `cat >/tmp/judged/${path.replace(/^.*\//, '')} <<'END'\n${text}END\n`
  const { stdout } = await script(
    'web1',
    `mkdir -p /tmp/judged
${[['server.cnf', server] as const, ...units].map(write).join('')}
# The programs are there only where the role was applied.
for p in health writable; do [ -e /usr/local/sbin/mysql-$p ] || install -m 755 /bin/true /usr/local/sbin/mysql-$p; done
id mysql-health >/dev/null 2>&1 || useradd -r mysql-health
if command -v mariadbd >/dev/null
then mariadbd --defaults-file=/tmp/judged/server.cnf --help --verbose 2>&1 >/dev/null || echo refused
else mysqld --defaults-file=/tmp/judged/server.cnf --validate-config --user=mysql 2>&1 || echo refused
fi | grep -E 'ERROR|refused'
systemd-analyze verify ${units.map(([path]) => `/tmp/judged/${path.replace(/^.*\//, '')}`).join(' ')} 2>&1 | grep -E 'mysql-(health|writable)'
rm -rf /tmp/judged`,
  )
  return stdout.trim()
}
