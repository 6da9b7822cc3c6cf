/** Asks for certificates: text, public halves of their keys (which stay on the host), and the clock; one openssl per key. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

/** A certificate and its key on a host. */
export interface CertificateOperand {
  readonly path: string
  readonly keyPath: string
  /** A file that holds the certificate and the key after it. */
  readonly bundlePath?: string | undefined
}

/** What a host answers about one certificate. */
export interface CertificateAnswer {
  /** Whether the host has openssl. */
  readonly hasOpenssl: boolean
  /** By the host's clock, in seconds since 1970. */
  readonly nowSeconds: number
  /** What the file holds; empty where there is none, undefined where the user may not read it. */
  readonly text: string | undefined
  /** The public key that belongs to the private one, as PEM; empty where there is none, undefined where it may not be read. */
  readonly publicKey: string | undefined
  /** Whether the bundle is the certificate and the key, as they are. */
  readonly isBundled: boolean
}

export const certificateQuery: QueryKind<CertificateOperand, CertificateAnswer> = {
  name: 'certificate',
  key: ({ path, keyPath, bundlePath = '' }) => `${path}\0${keyPath}\0${bundlePath}`,
  script: (operands) => `LC_ALL=C; export LC_ALL
if command -v openssl >/dev/null; then o=y; else o=n; fi
printf '%s %s\\0' "$o" "$(date +%s)"
letter() {
  if ! [ -f "$1" ]; then l=n; elif [ -r "$1" ]; then l=f; else l=u; fi
}
look() {
  letter "$1"; c=$l; letter "$2"; k=$l b=d
  if [ "$c$k" = ff ] && [ -r "$3" ] && cat -- "$1" "$2" | cmp -s -- - "$3"; then b=s; fi
  printf '%s\\0' "$c$k$b"
  if [ $c = f ]; then head -c 65536 -- "$1" | tr -d '\\0'; fi
  printf '\\0'
  if [ $k$o = fy ]; then openssl pkey -in "$2" -passin pass: -pubout 2>/dev/null; fi
  printf '\\0'
}
${operands.map(({ path, keyPath, bundlePath = '' }) => `look ${[path, keyPath, bundlePath].map(quote).join(' ')}`).join('\n')}
:`,
  parse: (output, operands) => {
    const [head = '', ...fields] = output.stdout.toString().split('\0')
    const [openssl, seconds] = head.split(' ')
    if (fields.length !== operands.length * 3 + 1) throw unexpectedAnswer('certificates', output)
    return operands.map((_, index): CertificateAnswer => {
      const [letters = '', text = '', publicKey = ''] = fields.slice(index * 3, index * 3 + 3)
      return {
        hasOpenssl: openssl === 'y',
        nowSeconds: Number(seconds),
        text: letters[0] === 'u' ? undefined : text,
        publicKey: letters[1] === 'u' ? undefined : publicKey,
        isBundled: letters[2] === 's',
      }
    })
  },
}

/** What lies at the paths of a certificate. */
export const certificateAt = defineQuery(certificateQuery)
