/** Fetching a file from an address, on the host: to a new file, whose checksum is compared before anybody uses it. */

import { z } from 'zod'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { headerLines, httpHeaders, httpUrl } from '../commands/http-headers.ts'
import { program } from './program.query.ts'

/** A checksum as sha256sum prints it. */
const sha256 = z
  .string()
  .trim()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be the 64 hexadecimal digits of a SHA-256')
  .transform((digits) => digits.toLowerCase())

/** What is fetched, in every `from`. */
export const remoteFile = z.strictObject({
  /** An address of http or https; redirections are followed. */
  url: httpUrl,
  /** The SHA-256 of the file, as `sha256sum` prints it. */
  sha256,
  /** Headers of the request, such as `Authorization`; a value may be a secret. */
  headers: httpHeaders,
})

/** A file to be fetched. */
export type RemoteFile = z.output<typeof remoteFile>

/** What to ask of a host that is to fetch something. */
export const fetchPrograms = () => ({ curl: program('curl'), wget: program('wget') })

/** Why the host cannot fetch anything; undefined if it can. */
export function cannotFetch({ curl, wget }: { curl: boolean; wget: boolean }, url: string): Unavailable | undefined {
  if (curl || wget) return undefined
  return new Unavailable(
    `the host cannot fetch ${url}: it has neither curl nor wget`,
    "add apt({ packages: ['curl', 'ca-certificates'] }) before it",
    ['program curl', 'program wget'],
  )
}

/** The command that fetches a file to `path`, as 0600. Where it fails, nothing is left at `path`. */
export function fetchFile({ url, sha256, headers }: RemoteFile, path: string): Command {
  const hasHeaders = Object.keys(headers).length > 0
  // Headers go in by the standard input, because everyone on the host can read arguments.
  const byCurl = sh`curl -fsSL --connect-timeout 30 --speed-limit 1 --speed-time 60 ${hasHeaders ? ['-H', '@-'] : []} -- "$url"`
  const byWget = sh`wget -nv --tries=1 --timeout=60 -O - ${hasHeaders ? ['--config'] : []}`
  // wget reads its configuration twice, so that it needs a file.
  const withConfig = hasHeaders
    ? sh`sed 's/^/header = /' | dd of="$staged.headers" conv=excl status=none && ${byWget} "$staged.headers"`
    : byWget
  const command = sh`staged=${path} url=${url}
rm -f -- "$staged" "$staged.headers" && (
  umask 077
  dd of="$staged" conv=excl status=none </dev/null || exit
  if command -v curl >/dev/null; then ${byCurl} >"$staged"
  elif command -v wget >/dev/null; then ${withConfig} -- "$url" >"$staged"
  else echo "the host has neither curl nor wget to fetch $url with" >&2; exit 127
  fi
) && {
  sum=$(sha256sum <"$staged")
  [ "\${sum%% *}" = ${sha256} ] || { echo "$url has the checksum \${sum%% *}, not "${sha256} >&2; false; }
} || { s=$?; rm -f -- "$staged" "$staged.headers"; exit $s; }${
    hasHeaders
      ? sh`
rm -f -- "$staged.headers"`
      : sh``
  }`
  return hasHeaders ? withInput(command, headerLines(headers)) : command
}
