/** User certificates in files: those of CertificateFile, or else those beside the identity files. */

import type { Destination } from '../ssh-config/destination.ts'
import { readPublicKey, type UnusableIdentity } from './identities.ts'
import type { PublicKey } from './public-key.ts'

/** A certificate and the file that holds it. */
export interface Certificate {
  readonly file: string
  readonly key: PublicKey
}

/** The certificates for `destination`. Those that nobody named need not be there. */
export async function loadCertificates({
  certificateFiles,
  identityFiles,
}: Destination): Promise<(Certificate | UnusableIdentity)[]> {
  const isNamed = certificateFiles.length > 0
  const files = isNamed ? certificateFiles : identityFiles.map((file) => `${file}-cert.pub`)
  const found = await Promise.all(files.map(async (file) => ({ file, key: await readPublicKey(file) })))
  return found.flatMap(({ file, key }): (Certificate | UnusableIdentity)[] => {
    if (key?.isCertificate) return [{ file, key }]
    return isNamed ? [{ file, reason: 'holds no certificate' }] : []
  })
}
