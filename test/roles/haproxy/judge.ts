/** Has the real program judge on a host what a role renders in its cases. */

import { type RoleInstance, Secret } from 'foobar-deploy'
import type { FileSource } from '../../../src/resources/files/file-source.ts'
import { quote } from '../../../src/shell/quote.ts'
import { type CaseSurroundings, casesBeside, tasksOf } from '../role-cases.ts'

interface Judged {
  /** The folder that the files lie in. */
  readonly root: string
  /** The command that judges it; what it prints, beside lines that match `fine`, is a complaint. */
  readonly command: string
  readonly fine: RegExp
  /** Commands before it, in the folder. */
  readonly prepare?: string
  /** What all hosts of the cases are, in place of what they are there. */
  readonly facts?: NonNullable<CaseSurroundings['hosts']>[number]['facts']
}

function written(path: string, { content }: FileSource): string {
  const bytes = Buffer.from((content instanceof Secret ? content.reveal() : content) as string)
  return `mkdir -p "$(dirname ${quote(path)})"; printf %s ${bytes.toString('base64')} | base64 -d >${quote(path)}`
}

/** A script that judges all cases beside `url`, each in a file system of its own; prints what is wrong. */
export function judgeScript<Variables>(
  url: string,
  role: (variables: Variables) => RoleInstance,
  { root, command, prepare = ':', facts = {} }: Judged,
): string {
  const cases = casesBeside(url)
  const parts = cases.names().map((name) => {
    const { hosts = [], ...rest } = cases.around(name)
    const around = { ...rest, hosts: hosts.map((host) => ({ ...host, facts: { ...host.facts, ...facts } })) }
    const writes = tasksOf(role(cases.variables<Variables>(name)), around).flatMap(({ desired }) => {
      const { path: at, files = [] } = desired as { path?: string; files?: { path: string; source: FileSource }[] }
      return files.map(({ path, source }) => written(`${at}/${path}`, source))
    })
    const judge = `cp -a ${root} /tmp/judged; mount -t tmpfs none ${root} && cp -a /tmp/judged/. ${root} || exit; rm -r /tmp/judged
${writes.join('\n')}
cd ${root}; ${prepare}
${command} 2>&1; echo "status $?"`
    return `echo ${quote(`case ${name}`)}; unshare -m --propagation private sh -c ${quote(judge)} </dev/null`
  })
  return parts.join('\n')
}

/** What is wrong, by case, in what the script printed. */
export function complaintsIn(stdout: string, { fine }: Pick<Judged, 'fine'>): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  let current: string[] = []
  for (const line of stdout.split('\n')) {
    const name = /^case (.+)$/.exec(line)?.[1]
    if (name !== undefined) {
      current = []
      found[name] = current
    } else if (line !== '' && line !== 'status 0' && !fine.test(line)) current.push(line)
  }
  return found
}
