/** TLS: which certificates, and Mozilla’s recommendations 6.0 as far as the host’s HAProxy and OpenSSL know them. */

import { type Host, secretSchema, z } from 'foobar-deploy'
import { path } from './words.ts'

const fileName = z.string().regex(/^\w[\w.-]*$/, 'must be a name of letters, digits and . _ -')

const bundle = z
  .strictObject({
    /** A file on the host with the certificate, the intermediate certificates and the private key. */
    bundle: path,
  })
  .meta({ title: 'bundle' })

const given = z
  .strictObject({
    /** Its file is `/etc/haproxy/certs/NAME.pem`. */
    name: fileName,
    /** The certificate, the intermediate certificates and the private key, in PEM. */
    pem: secretSchema(),
  })
  .meta({ title: 'given' })

const issued = z
  .strictObject({
    /** Its file is `/etc/haproxy/certs/NAME.pem`. */
    name: fileName,
    /** The names and addresses it is for. */
    names: z.array(z.string().min(1)).min(1),
    /** The authority that issues it, for example `secret('tls.ca', { generate: 'certificate-authority' })`. */
    authority: secretSchema(),
    /** How long it is valid. */
    validDays: z.int().positive().default(90),
    /** How many days before it expires it is renewed. */
    renewBeforeDays: z.int().positive().default(30),
  })
  .meta({ title: 'issued' })

export const tls = z
  .strictObject({
    /** The first one is the default, for clients that ask for no other name. */
    certificates: z
      .array(
        z.union([bundle, given, issued], { error: 'must have bundle, or name and pem, or name, names and authority' }),
      )
      .min(1),
    /** The site’s own names. Plain HTTP is redirected to them; a request for another name goes to the first. By default the names of certificates that the role issues. */
    names: z.array(z.string().regex(/^(\*\.)?[\w.:-]+$/, 'must be a name, *.name, or an address')).default([]),
    /** Mozilla’s levels: `intermediate` is TLS 1.2 and 1.3, `modern` is only 1.3. */
    profile: z.enum(['intermediate', 'modern']).default('intermediate'),
    /** Whether HTTP/2 is enabled. */
    http2: z.boolean().default(true),
    /** Whether plain HTTP is redirected to HTTPS. */
    redirectHttp: z.boolean().default(true),
    /** How long browsers must use only TLS (HSTS); 0 for no such header. Mozilla recommends 63072000. */
    hstsSeconds: z.int().min(0).default(0),
  })
  .superRefine((tls, context) => {
    if (!tls.redirectHttp || ownNames(tls).length > 0) return
    const message = 'is missing: plain HTTP is redirected to these alone, and no certificate says them'
    context.addIssue({ code: 'custom', path: ['names'], message })
  })
  .meta({ title: 'tls' })

/** Checked TLS settings. */
export type Tls = z.output<typeof tls>
/** A certificate that the role issues. */
export type IssuedCertificate = z.output<typeof issued>

/** The names that plain HTTP is redirected to, in small letters. */
export function ownNames({ names, certificates }: Pick<Tls, 'names' | 'certificates'>): string[] {
  const issued = certificates.flatMap((one) => ('names' in one ? one.names : []))
  return [...new Set((names.length > 0 ? names : issued).map((name) => name.toLowerCase()))]
}

/** Where the role keeps certificates. */
export const certificateRoot = '/etc/haproxy/certs'

/** Where HAProxy finds each certificate. */
export function certificatePaths({ certificates }: Tls): string[] {
  return certificates.map((one) => ('bundle' in one ? one.bundle : `${certificateRoot}/${one.name}.pem`))
}

/** The lines of `global` that hold for all binds with TLS. */
export function tlsDefaults({ profile }: Tls, host: Host): string[] {
  const groups = ['X25519', 'prime256v1', 'secp384r1']
  const options = [
    'prefer-client-ciphers',
    `ssl-min-ver ${profile === 'modern' ? 'TLSv1.3' : 'TLSv1.2'}`,
    'no-tls-tickets',
  ]
  return [
    ...(profile === 'modern' ? [] : [`ssl-default-bind-ciphers ${intermediateCiphers.join(':')}`]),
    'ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    `ssl-default-bind-curves ${[...(hasHybridGroup(host) ? ['X25519MLKEM768'] : []), ...groups].join(':')}`,
    `ssl-default-bind-options ${options.join(' ')}`,
  ]
}

const intermediateCiphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

// OpenSSL has it since 3.5: Debian 13, Ubuntu 25.10. An older one refuses the whole list.
function hasHybridGroup({ facts: { os } }: Host): boolean {
  // A Debian to come has no version.
  const version = os.version === '' ? Number.POSITIVE_INFINITY : Number(os.version)
  return (os.id === 'debian' && version >= 13) || (os.id === 'ubuntu' && version >= 25.1)
}
