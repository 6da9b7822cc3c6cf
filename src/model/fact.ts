/** Facts of a playbook's own: gathered with the others in the first round trip, typed wherever they are read. */

import { FoobarDeployError } from '../errors.ts'
import type { Command } from '../shell/command.ts'
import type { Facts } from './facts.ts'

/** A fact of a playbook's own; see {@link defineFact}. */
export interface Fact<T> {
  readonly kind: 'fact'
  readonly name: string
  readonly script: string
  readonly assumed: T
  parse(stdout: string): T
  /** What the host said; an error where the playbook does not gather it. */
  of(host: { readonly facts: Facts }): T
}

/** Any fact, where its type does not matter. */
export type AnyFact = Fact<unknown>

/**
 * Defines a fact that the toolkit does not know. A playbook lists it under `facts`; roles and plays read it with `of`, of
 * their own host and of others. Its script only reads, as the first play's user, and is part of the first round trip.
 *
 * @example
 * ```ts
 * import { apt, defineFact, definePlaybook, sh } from 'foobar-deploy'
 *
 * const raidDevices = defineFact({
 *   name: 'raidDevices',
 *   script: sh`cat /proc/mdstat`,
 *   parse: (text) => [...text.matchAll(/^(md\d+) :/gm)].map(([, name]) => name as string),
 *   assumed: [],
 * })
 *
 * export const storage = definePlaybook({
 *   name: 'storage',
 *   groups: ['database'],
 *   facts: [raidDevices],
 *   plays: () => [
 *     {
 *       name: 'Disks',
 *       hosts: 'database',
 *       tasks: ({ host }) => [raidDevices.of(host).length > 0 && apt({ packages: ['mdadm'] })],
 *     },
 *   ],
 * })
 * ```
 */
export function defineFact<T>(definition: {
  /** What it is called in `foobar-deploy facts`. */
  readonly name: string
  /** Prints it; a status other than 0 ends the run on the host. */
  readonly script: Command
  /** Reads what was printed. */
  readonly parse: (stdout: string) => T
  /** What `check` and `list` take, which ask no host. */
  readonly assumed: NoInfer<T>
}): Fact<T> {
  const { name, script, parse, assumed } = definition
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    throw new FoobarDeployError('definition', 'invalid-fact-name', 'The name of a fact is letters, digits, _ and -', {
      detail: JSON.stringify(name),
    })
  }
  if (script.input !== undefined) {
    throw new FoobarDeployError('definition', 'fact-with-input', 'The script of a fact has nothing to read', {
      detail: name,
      hint: 'Write what it needs into the script itself.',
    })
  }
  return {
    kind: 'fact',
    name,
    script: script.script,
    assumed,
    parse,
    of: ({ facts: { custom } }) => {
      if (Object.hasOwn(custom, name)) return custom[name] as T
      throw new FoobarDeployError('definition', 'fact-not-gathered', 'The playbook does not gather this fact', {
        detail: name,
        hint: 'Add it to `facts` of the playbook.',
      })
    },
  }
}
