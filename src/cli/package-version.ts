/** The version of the running toolkit, as its package.json says. */

import { existsSync, readFileSync } from 'node:fs'

/** For example `0.1.0`. */
export function packageVersion(): string {
  // A clone runs src/cli, a package dist/src/cli.
  const file = ['../../package.json', '../../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url))
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown'
}
