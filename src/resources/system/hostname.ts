/** The name of a host, and the entry by which it resolves itself. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type EditState, parseEdit, sharedText, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { fileContent } from '../files/file-content.query.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { hostName } from './host-name.ts'
import { editHosts, hostsFile, namesOf } from './hosts-file.ts'
import { kernelSetting } from './kernel-setting.query.ts'

const schema = z
  .strictObject({
    /** `web1`; the kernel takes 64 characters at most. */
    name: hostName.max(64, 'is longer than the kernel takes (64 characters)'),
    /** `web1.example.com`: then `/etc/hosts` says that `127.0.1.1` is this and `name`, so that the host knows its domain. */
    fqdn: hostName.optional(),
  })
  .refine(({ name, fqdn }) => fqdn === undefined || fqdn.startsWith(`${name}.`), {
    path: ['fqdn'],
    message: 'must begin with the name and a dot',
  })

type Desired = z.output<typeof schema>

interface State {
  readonly running: string | undefined
  readonly file: EditState
  readonly hosts: EditState
}

const nameFile = sharedText('/etc/hostname')
/** Debian's address for a host's own name. */
const ownAddress = '127.0.1.1'

/**
 * The host's name, now and after each boot, without need of a daemon. Services that asked for it before go on with the old one
 * until they are restarted. Give `fqdn` where no name service knows the host, or sudo waits for one.
 *
 * @example
 * ```ts
 * import { hostname } from 'foobar-deploy'
 *
 * hostname({ name: 'web1', fqdn: 'web1.example.com' })
 * ```
 */
export const hostname = defineResource({
  type: 'hostname',
  schema,
  id: ({ name }: Desired) => name,
  read: () => ({
    running: kernelSetting('kernel/hostname'),
    ...filed('file', nameFile.path),
    ...filed('hosts', hostsFile.path),
  }),
  parse: ({ running, fileStatus, fileText, hostsStatus, hostsText }): State | Unavailable => {
    const file = parseEdit({ status: fileStatus, content: fileText }, nameFile)
    const hosts = parseEdit({ status: hostsStatus, content: hostsText }, hostsFile)
    if (file instanceof Unavailable) return file
    return hosts instanceof Unavailable ? hosts : { running, file, hosts }
  },
  writes: () => [...writesEdit(nameFile), ...writesEdit(hostsFile)],
  diff: ({ running, file, hosts }, { name, fqdn }: Desired): Change[] => {
    const before = hosts.text ?? ''
    const text = fqdn === undefined ? before : editHosts(before, ownAddress, [fqdn, name])
    const saved = savedName(file.text ?? '')
    const own = { key: 'hosts', from: namesOf(before, ownAddress), to: [fqdn ?? '', name] }
    return [
      ...(text === before ? [] : [{ ...own, text: { path: hosts.path, to: text } }]),
      ...(saved === name ? [] : [{ key: 'file', from: saved, to: name, text: { path: file.path, to: `${name}\n` } }]),
      ...(running === name ? [] : [{ key: 'running', from: running ?? null, to: name }]),
    ]
  },
  *apply(changes, { name }: Desired, { file, hosts }): Iterable<Action> {
    // The table first: from the change of the name on, sudo looks it up.
    for (const { key, text } of changes) {
      if (key === 'hosts' && text) yield* writeEdit(text.to, hosts, hostsFile)
      if (key === 'file' && text) yield* writeEdit(text.to, file, nameFile)
      if (key === 'running') yield sh`hostname -- ${name}`
    }
  },
})

function filed<const Name extends string>(name: Name, path: string) {
  return {
    [`${name}Status`]: fileStatus({ path, follow: true }),
    [`${name}Text`]: fileContent(path),
  } as { readonly [K in `${Name}Status`]: ReturnType<typeof fileStatus> } & {
    readonly [K in `${Name}Text`]: ReturnType<typeof fileContent>
  }
}

function savedName(text: string): string | null {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.find((line) => line !== '' && !line.startsWith('#')) ?? null
}
