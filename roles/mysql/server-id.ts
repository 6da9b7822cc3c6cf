/** The number by which a server is known to its peers: chosen on the host when its server is set up, and never used before. */

import { command, sh, type TaskList } from 'foobar-deploy'
import type { Place } from './place.ts'

/**
 * The task that chooses it. A rebuilt host has lost the file, so it gets another number: a server skips what it finds in the
 * binary logs of its source under its own number, and those of a lost server with the same address hold data. Installations of
 * before keep theirs, which was the address and stands in the main file; addresses end where the random numbers begin.
 */
export function serverIdTask({ vars, host, release }: Place): TaskList {
  if (vars.serverIds[host.name] !== undefined) return []
  // Read before the main file, whose settings count over it.
  const path = `${release.folder}/zz-foobar-deploy-server-id.cnf`
  const text = `# Chosen by foobar-deploy for this installation of the server; remove the file with its data.\\n[${release.section}]\\nserver_id = %s\\n`
  const choose = sh`id=$(sed -n 's/^server_id = //p' ${`${release.folder}/zz-foobar-deploy.cnf`} 2>/dev/null)
[ -n "$id" ] || id=$((4026531840 + $(od -An -N4 -tu4 /dev/urandom) % 268435455))
umask 022
printf ${text} "$id" >${`${path}.new`} && mv ${`${path}.new`} ${path}`
  return [command({ title: 'mysql server id', run: choose, creates: path })]
}
