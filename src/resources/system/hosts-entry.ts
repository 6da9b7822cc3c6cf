/** Names for addresses in /etc/hosts. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Application } from '../../plan/resource.ts'
import { type EditState, parseEdit, readEdit, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { hostName } from './host-name.ts'
import { editHosts, hostsFile, namesOf } from './hosts-file.ts'

const schema = z
  .strictObject({
    /** An IPv4 or IPv6 address. */
    address: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' }),
    /** The first is the one that the address is translated back to. */
    names: z.array(hostName).min(1).optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ names, state }, context) => {
    if ((state === 'present') === (names !== undefined)) return
    const message = names === undefined ? 'is missing' : "means nothing with state: 'absent'"
    context.addIssue({ code: 'custom', path: ['names'], message })
  })

type Desired = z.output<typeof schema>

/**
 * The line of one address in `/etc/hosts`; the other lines stay as they are. Where an address has several lines, one is
 * left. Neighbouring tasks are one edit of the file.
 *
 * @example
 * ```ts
 * import { hostsEntry } from 'foobar-deploy'
 *
 * hostsEntry({ address: '192.0.2.11', names: ['web1.example.com', 'web1'] })
 * hostsEntry({ address: '192.0.2.99', state: 'absent' })
 * ```
 */
export const hostsEntry = defineResource({
  type: 'hostsEntry',
  schema,
  id: ({ address }: Desired) => address,
  read: () => readEdit(hostsFile),
  parse: (answers) => parseEdit(answers, hostsFile),
  writes: () => writesEdit(hostsFile),
  diff: (current, { address, names }: Desired): Change[] => {
    const before = current.text ?? ''
    const text = editHosts(before, address, names)
    if (text === before) return []
    return [{ key: 'names', from: namesOf(before, address), to: names ?? null, text: { path: current.path, to: text } }]
  },
  *apply(_changes, desired: Desired, current) {
    yield* write([{ desired, current }])
  },
  applyTogether: write,
})

function* write(
  applications: readonly Pick<Application<Desired, EditState>, 'desired' | 'current'>[],
): Iterable<Action> {
  const current = applications[0]?.current
  if (!current) return
  const text = applications.reduce(
    (edited, { desired: { address, names } }) => editHosts(edited, address, names),
    current.text ?? '',
  )
  yield* writeEdit(text, current, hostsFile)
}
