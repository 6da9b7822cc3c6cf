/** Hosts from JSON: a file, or what a program prints. */

import { z } from 'zod'
import { definedOnly, FoobarDeployError, messageOf } from '../errors.ts'
import { connectionSchema } from '../model/host.ts'
import { definitionError, type Problem, problemsOf } from '../model/problem.ts'
import { Secret } from '../shell/secret.ts'
import { type ImportedHosts, importedHosts } from './imported-hosts.ts'
import { refuseLocalSettings } from './local-settings.ts'
import { callingFolder, readSource, type SourceOfHosts } from './read-source.ts'

const secret = (name: string) =>
  z
    .string()
    .transform((value) => new Secret(name, value))
    .optional()
const shape = z.strictObject({
  hosts: z.record(
    z.string().min(1),
    connectionSchema.extend({
      address: z.string().min(1),
      password: secret('password'),
      becomePassword: secret('becomePassword'),
      // The playbook's schemas check them, which are not known here.
      vars: z.record(z.string(), z.any()).default({}),
    }),
  ),
  groups: z.record(z.string(), z.array(z.string())).default({}),
})

/**
 * Hosts from JSON of the form `{ "hosts": { NAME: { "address", …settings, "vars" } }, "groups": { NAME: [members] } }`. A
 * password in it becomes a secret. What is wrong is told with its path when the inventory is loaded. Settings that act on
 * this machine or check host keys less (`proxyCommand`, `sshConfigFile`, `knownHostsFile`, `socketPath`, `hostKeyChecking`) are
 * refused unless `allow` names them.
 *
 * @example
 * ```ts
 * import { defineInventory, definePlaybook, hostsFromJson } from 'foobar-deploy'
 *
 * const site = definePlaybook({ name: 'site', groups: ['web'], plays: () => [] })
 *
 * export default async () => {
 *   const cloud = await hostsFromJson({ command: ['./cloud-hosts', '--region', 'eu'] })
 *   return defineInventory({ playbook: site, hosts: cloud.hosts, groups: { web: cloud.group('web') } })
 * }
 * ```
 */
export async function hostsFromJson(
  source: SourceOfHosts,
  // biome-ignore lint/suspicious/noExplicitAny: the playbook's schemas check the variables
): Promise<ImportedHosts<any>> {
  const { text, subject, at } = await readSource(source, callingFolder())
  const parsed = shape.safeParse(parseJson(text, subject, at))
  if (!parsed.success) throw definitionError(problemsOf(parsed.error, subject, at, shape))
  const { hosts, groups } = parsed.data
  const problems = Object.entries(groups).flatMap(([group, members]) =>
    members
      .filter((member) => !Object.hasOwn(hosts, member) && !Object.hasOwn(groups, member))
      .map((member): Problem => {
        const message = `${member} is no host and no group of it`
        return { subject, path: `groups.${group}`, message, ...definedOnly({ at }) }
      }),
  )
  if (problems.length > 0) throw definitionError(problems)
  refuseLocalSettings(hosts, source.allow ?? [], 'hostsFromJson', subject, at)
  return importedHosts(hosts, groups, subject, at)
}

/** The value of a JSON text. */
export function parseJson(text: string, subject: string, at: { readonly file: string } | undefined): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const start = text.trim().slice(0, 80)
    throw new FoobarDeployError('definition', 'source-not-json', 'The list of hosts is not JSON', {
      detail: `${subject}: ${messageOf(thrown)}${start === '' ? ' (it is empty)' : `; it begins with ${JSON.stringify(start)}`}`,
      ...definedOnly({ at }),
      cause: thrown,
    })
  }
}
