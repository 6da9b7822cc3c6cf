/** The process as secrets see it: its environment, its user's home, its terminal. */

import { homedir } from 'node:os'
import process from 'node:process'
import { FoobarDeployError } from '../../errors.ts'
import type { SecretsEnvironment } from '../../secrets/secrets-environment.ts'
import { askSecret } from '../ask.ts'
import { tell } from '../terminal.ts'

/** Environment, home and terminal of this process. */
export function processEnvironment(): SecretsEnvironment {
  return { environment: process.env, home: homedir(), ask, warn }
}

const warned = new Set<string>()

function warn(text: string): void {
  if (warned.has(text)) return
  warned.add(text)
  tell(`warning: ${text}`)
}

async function ask(question: string): Promise<string> {
  try {
    return await askSecret(question)
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError) || thrown.code !== 'no-terminal') throw thrown
    throw new FoobarDeployError(thrown.family, thrown.code, thrown.summary, {
      detail: question.trim().replace(/:$/, ''),
      hint: 'Without a terminal, a passphrase comes from the file that FOOBAR_DEPLOY_PASSPHRASE_FILE names, a new value from the standard input, and other secrets from the encrypted file, the environment or a command.',
      cause: thrown,
    })
  }
}
