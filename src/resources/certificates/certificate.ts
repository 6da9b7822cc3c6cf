/** A certificate of a host, issued by an authority whose key stays on this machine, and renewed before it expires. */

import { issueCertificate, plainName } from '../../certificates/issue-certificate.ts'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { sh } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { compareAttributes, setAttributes } from '../files/file-attributes.ts'
import { sourceOf } from '../files/file-source.ts'
import { type FileStatus, fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { nounOf } from '../files/place.ts'
import { type CertificateAnswer, certificateAt } from './certificate.query.ts'
import { type CertificateFile, writeCertificateFiles } from './certificate-files.ts'
import { certificateSchema, type DesiredCertificate } from './certificate-schema.ts'
import {
  authorityOf,
  type CertificateState,
  certificateState,
  dayMs,
  type FileKey,
  filesOf,
  laterNow,
  remainingFiles,
} from './certificate-state.ts'

/**
 * A certificate for names and addresses of a host, with a private key of its own (EC P-256), for servers and clients. Both
 * are made on your machine and sent; the key of the authority never leaves it. It is issued again, with a new key, when
 * the names, the authority or the key changed, and `renewBeforeDays` before it ends. The folders must be there, and
 * openssl, with which the host is asked whether key and certificate belong together. With `state: 'absent'` the files at the
 * paths that are named are removed, the authority's too.
 *
 * @example
 * ```ts
 * import { certificate, handler, secret, service } from 'foobar-deploy'
 *
 * const authority = secret('tls.ca', { generate: 'certificate-authority' }) // in the inventory
 *
 * certificate({
 *   path: '/etc/ssl/web1.pem',
 *   keyPath: '/etc/ssl/private/web1.key',
 *   bundlePath: '/etc/haproxy/web1.pem',
 *   authorityPath: '/etc/ssl/foobar-ca.pem',
 *   names: ['web1', 'www.foobar.com', '198.51.100.11'],
 *   authority,
 *   notify: handler('reload haproxy', service.reload('haproxy')),
 * })
 * ```
 */
export const certificate = defineResource({
  type: 'certificate',
  schema: certificateSchema,
  id: ({ path }) => path,
  read: (desired): Record<string, Query<FileStatus | CertificateAnswer>> => ({
    ...(desired.state === 'present' ? { found: certificateAt(desired) } : {}),
    ...Object.fromEntries(
      filesOf(desired).map(({ key, path }) => [key, fileStatus({ path, checksum: key === 'authorityPath' })]),
    ),
  }),
  parse: ({ found, ...statuses }: Readonly<Record<string, FileStatus | CertificateAnswer>>, desired) =>
    desired.state === 'absent'
      ? remainingFiles(statuses as Statuses, desired)
      : certificateState(found as CertificateAnswer, statuses as Statuses, desired),
  writes: (desired) =>
    filesOf(desired).map(({ path }) =>
      desired.state === 'absent' ? { path, isRemoved: true } : { path, owner: desired.owner, group: desired.group },
    ),
  diff,
  apply,
  independent: true,
})

type Statuses = Partial<Record<FileKey, FileStatus>>

function diff(state: CertificateState, desired: DesiredCertificate): Change[] {
  if (desired.state === 'absent') return filesOf(desired).flatMap(({ key, path }) => goneChange(path, state.files[key]))
  return [
    ...reasons(state, desired),
    ...otherFiles(state, desired),
    ...filesOf(desired).flatMap(({ key, path, mode }) => {
      const file = state.files[key]
      if (!file) return []
      if (file.kind === 'symlink') return [{ key, from: `symbolic link to ${file.target}`, to: 'file' }]
      const { owner, group } = desired
      return compareAttributes(file, { owner, group, mode }, `${path} `)
    }),
  ]
}

function goneChange(path: string, file: PresentFile | undefined): Change[] {
  return file ? [{ key: path, from: nounOf(file), to: null }] : []
}

/** Why it is to be issued. */
function reasons({ leaf, files }: CertificateState, desired: DesiredCertificate): Change[] {
  const { names, validDays } = desired
  if (!leaf) return [{ key: 'certificate', from: files.path ? 'none' : null, to: `for ${names.join(', ')}` }]
  const sorted = (list: readonly string[]) => [...new Set(list.map(plainName))].sort()
  const [current, wanted] = [sorted(leaf.names), sorted(names)]
  const subject = authorityOf(desired)?.certificate.subject.replaceAll('\n', ', ') ?? 'one that apply will make'
  const another = subject === leaf.issuer ? `${subject}, with another key` : subject
  return [
    ...(current.join() === wanted.join() ? [] : [{ key: 'names', from: current, to: wanted }]),
    ...(leaf.isOfAuthority ? [] : [{ key: 'authority', from: leaf.issuer, to: another }]),
    ...(leaf.isDue ? [{ key: 'expires', from: leaf.expires, to: `in ${validDays} days` }] : []),
    ...(leaf.hasKey ? [] : [{ key: 'key', from: files.keyPath ? 'of another certificate' : null, to: 'new' }]),
  ]
}

const reasonKeys: readonly string[] = ['certificate', 'names', 'authority', 'expires', 'key', 'path', 'keyPath']

function otherFiles(state: CertificateState, desired: DesiredCertificate): Change[] {
  const { leaf, files, isBundled } = state
  const { bundlePath, authorityPath } = desired
  const bundle = { key: 'bundlePath', from: files.bundlePath ? 'other content' : null, to: 'certificate and key' }
  const authority = authorityOf(desired)
  const isSame = authority !== undefined && files.authorityPath?.sha256 === sourceOf(authority.pem).sha256
  return [
    // With a new certificate it is a new one anyway.
    ...(bundlePath !== undefined && leaf && !isBundled && files.bundlePath?.kind !== 'symlink' ? [bundle] : []),
    ...(authorityPath === undefined || isSame || files.authorityPath?.kind === 'symlink'
      ? []
      : [{ key: 'authorityPath', from: files.authorityPath ? 'another authority' : null, to: 'its certificate' }]),
  ]
}

function* apply(changes: readonly Change[], desired: DesiredCertificate, state: CertificateState): Iterable<Action> {
  if (desired.state === 'absent') {
    yield sh`rm -f -- ${changes.map(({ key }) => key)}`
    return
  }
  const has = (keys: readonly string[]) => changes.some(({ key }) => keys.includes(key))
  const authority = authorityOf(desired)
  if (!authority) throw new TypeError('a certificate is issued by an authority that is known')
  const { path, keyPath, owner, group } = desired
  const isIssued = has(reasonKeys)
  const written: CertificateFile[] = []
  const contents: Partial<Record<FileKey, CertificateFile['content']>> = {}
  if (isIssued) {
    const issued = issueCertificate(authority, desired.names, periodOf(desired, state, authority.certificate.validTo))
    Object.assign(contents, { path: issued.certificate, keyPath: new Secret(`key of ${path}`, issued.key) })
  }
  if (isIssued || has(['bundlePath'])) contents.bundlePath = { of: [path, keyPath] }
  if (has(['authorityPath'])) contents.authorityPath = authority.pem
  for (const file of filesOf(desired)) {
    const content = contents[file.key]
    if (content !== undefined) written.push({ path: file.path, mode: file.mode, content })
  }
  if (written.length > 0) yield* writeCertificateFiles(written, `${owner}:${group}`)
  for (const file of filesOf(desired).filter(({ key }) => !(key in contents))) {
    const own = changes.filter(({ key }) => key.startsWith(`${file.path} `))
    const attributes = own.map((change) => ({ ...change, key: change.key.slice(file.path.length + 1) }))
    yield* setAttributes(file.path, attributes, { owner, group, mode: file.mode })
  }
}

/** Valid by the host's clock and by ours, and no longer than the authority. */
function periodOf({ validDays }: DesiredCertificate, { nowSeconds }: CertificateState, authorityEnd: string) {
  const earlier = Math.min(nowSeconds * 1000, Date.now())
  return {
    from: new Date(earlier - dayMs),
    until: new Date(Math.min(laterNow(nowSeconds) + validDays * dayMs, Date.parse(authorityEnd))),
  }
}
