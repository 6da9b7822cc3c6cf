/** The file from which systemd takes the application’s environment. */

import { Secret } from 'foobar-deploy'
import type { AppVariables } from './variables.ts'

/** Its text; a secret if there is one in it. */
export function environmentFile({ name, address, port, environment }: AppVariables): string | Secret<string> {
  const all: AppVariables['environment'] = { NODE_ENV: 'production', HOST: address, PORT: port, ...environment }
  const lines = Object.entries(all).map(([key, value]) => {
    const text = value instanceof Secret ? value.reveal() : String(value)
    return `${key}="${text.replaceAll(/[\\"$`]/g, '\\$&')}"\n`
  })
  const text = `# Written by foobar-deploy; changes made here are lost.\n${lines.join('')}`
  const isSecret = Object.values(all).some((value) => value instanceof Secret)
  return isSecret ? new Secret(`environment of ${name}`, text) : text
}
