/** What a host says of a certificate: for which names, of which authority, how long still, and what lies in its places. */

import { X509Certificate } from 'node:crypto'
import { type Authority, authorityIn } from '../../certificates/authority.ts'
import { plainName } from '../../certificates/issue-certificate.ts'
import { Unavailable } from '../../plan/resource.ts'
import { removable } from '../files/file-state.ts'
import type { FileStatus, PresentFile } from '../files/file-status.query.ts'
import { type Place, placeOf, unreadable } from '../files/place.ts'
import type { CertificateAnswer } from './certificate.query.ts'
import type { DesiredCertificate } from './certificate-schema.ts'

/** The files of a certificate by the variable that says where they lie. */
export type FileKey = 'path' | 'keyPath' | 'bundlePath' | 'authorityPath'

/** The certificate that is there. */
export interface Leaf {
  readonly names: readonly string[]
  readonly issuer: string
  /** The end of its validity, as a date. */
  readonly expires: string
  readonly isOfAuthority: boolean
  /** Whether it ends within `renewBeforeDays`, by the host's clock or by ours. */
  readonly isDue: boolean
  readonly hasKey: boolean
}

/** The observed state of a certificate and of the files that hold it. */
export interface CertificateState {
  /** Null where there is none that can be read. */
  readonly leaf: Leaf | null
  readonly files: Readonly<Partial<Record<FileKey, PresentFile>>>
  readonly isBundled: boolean
  /** By the host's clock, in seconds since 1970. */
  readonly nowSeconds: number
}

export const dayMs = 86_400_000

/** The files that are wanted, each with its mode. */
export function filesOf({ path, keyPath, bundlePath, authorityPath, mode }: DesiredCertificate) {
  const all = [
    { key: 'path', path, mode: '0644' },
    { key: 'keyPath', path: keyPath, mode },
    { key: 'bundlePath', path: bundlePath, mode },
    { key: 'authorityPath', path: authorityPath, mode: '0644' },
  ] as const
  return all.flatMap((file) => (file.path === undefined ? [] : [{ ...file, path: file.path }]))
}

/** The authority; undefined while nobody made it. */
export function authorityOf({ authority }: DesiredCertificate): Authority | undefined {
  const found = authority?.hasValue ? authorityIn(authority.reveal()) : undefined
  if (typeof found === 'string') throw new TypeError(`the authority was not checked: ${found}`)
  return found
}

/** The later of the host's time and ours, in milliseconds: whose clock is behind would keep a certificate too long. */
export function laterNow(nowSeconds: number): number {
  return Math.max(nowSeconds * 1000, Date.now())
}

/** What is there of a certificate that is to go. */
export function remainingFiles(
  statuses: Readonly<Partial<Record<FileKey, FileStatus>>>,
  desired: DesiredCertificate,
): CertificateState | Unavailable {
  const files = presentFiles(statuses, desired, removable)
  if (files instanceof Unavailable) return files
  return { leaf: null, files, isBundled: false, nowSeconds: 0 }
}

/** The state, or why it cannot be told. */
export function certificateState(
  found: CertificateAnswer,
  statuses: Readonly<Partial<Record<FileKey, FileStatus>>>,
  desired: DesiredCertificate,
): CertificateState | Unavailable {
  const files = presentFiles(statuses, desired, (path, status) => placeOf(path, status, false))
  if (files instanceof Unavailable) return files
  const { hasOpenssl, nowSeconds, text, publicKey, isBundled } = found
  if (text === undefined) return unreadable(desired.path)
  if (publicKey === undefined) return unreadable(desired.keyPath)
  if (!hasOpenssl) {
    const hint = "add apt({ packages: ['openssl'] }) before it"
    return new Unavailable('the host has no openssl', hint, ['program openssl'])
  }
  const authority = authorityOf(desired)
  const end = authority?.certificate.validTo
  if (end && Date.parse(end) < laterNow(nowSeconds) + desired.renewBeforeDays * dayMs) {
    return new Unavailable(
      `the authority ends on ${dateOf(end)}, before what it would issue`,
      `make a new one: foobar-deploy secrets rotate ${desired.authority?.name}`,
    )
  }
  return { leaf: leafIn(text, publicKey, nowSeconds, authority, desired), files, isBundled, nowSeconds }
}

// The files that are there, or why one of their places cannot be used, as `check` finds.
function presentFiles(
  statuses: Readonly<Partial<Record<FileKey, FileStatus>>>,
  desired: DesiredCertificate,
  check: (path: string, status: FileStatus) => Place | Unavailable,
): Partial<Record<FileKey, PresentFile>> | Unavailable {
  const files: Partial<Record<FileKey, PresentFile>> = {}
  for (const { key, path } of filesOf(desired)) {
    const status = statuses[key]
    const place = status && check(path, status)
    if (place instanceof Unavailable) return place
    if (place?.current) files[key] = place.current
  }
  return files
}

/** The date of a time. */
function dateOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10)
}

function leafIn(
  text: string,
  publicKey: string,
  nowSeconds: number,
  authority: Authority | undefined,
  { renewBeforeDays }: DesiredCertificate,
): Leaf | null {
  const certificate = parsed(text)
  if (!certificate) return null
  const { subjectAltName = '', issuer, validTo } = certificate
  return {
    names: subjectAltName.split(', ').map((name) => plainName(name.replace(/^(DNS|IP Address):/, ''))),
    issuer: issuer.replaceAll('\n', ', '),
    expires: dateOf(validTo),
    isOfAuthority:
      authority !== undefined &&
      certificate.checkIssued(authority.certificate) &&
      certificate.verify(authority.certificate.publicKey),
    isDue: Date.parse(validTo) <= laterNow(nowSeconds) + renewBeforeDays * dayMs,
    hasKey: bare(certificate.publicKey.export({ type: 'spki', format: 'pem' }) as string) === bare(publicKey),
  }
}

function parsed(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

function bare(pem: string): string {
  return pem.replaceAll(/\s/g, '')
}
