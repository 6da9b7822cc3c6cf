/** `secrets init` and `rekey`: who can open an inventory's secrets. */

import { userInfo } from 'node:os'
import { FoobarDeployError } from '../../errors.ts'
import { nearest } from '../../model/nearest.ts'
import { isRecipient } from '../../secrets/age.ts'
import { ownRecipient } from '../../secrets/identities.ts'
import { readSecretsFile, type SecretsFile, secretsPath } from '../../secrets/secrets-file.ts'
import { newSecretsFile, passphraseFor } from '../../secrets/unlock.ts'
import { openForRekey, rekeyed } from '../../secrets/vault.ts'
import { writeSecretsFile } from '../../secrets/write-secrets-file.ts'
import { quote } from '../../shell/quote.ts'
import { inventoryFile } from '../load-inventory.ts'
import { write } from '../terminal.ts'
import { newKeyText } from './made-text.ts'
import { processEnvironment } from './process-environment.ts'

type Recipients = Readonly<Record<string, string>>

/** Makes the user's identity and the inventory's secrets file, where they are not there yet. */
export async function initSecrets(inventory: string, given: readonly string[], withPassphrase: boolean): Promise<void> {
  inventoryFile(inventory)
  const path = secretsPath(inventory)
  const file = readSecretsFile(path)
  const others = await parseRecipients(given)
  // A passphrase may be all there is to be: a team of one, a pipeline.
  const mine = withPassphrase && given.length === 0 ? undefined : await toldRecipient()
  if (file) return tellExisting(inventory, path, file, mine)
  const own: Recipients = mine === undefined ? {} : { [userInfo().username]: mine }
  refuseTaken(own, others)
  const recipients = { ...own, ...others }
  const made = await newSecretsFile(recipients, withPassphrase ? await newPassphrase(path) : undefined)
  writeSecretsFile(path, made.file, null)
  const who = [...Object.keys(recipients), ...(withPassphrase ? ['anyone with the passphrase'] : [])]
  write(
    `${path} is made and opens for ${who.join(', ')}\nAdd it to version control, and a first secret: foobar-deploy secrets set NAME --inventory ${quote(inventory)}\n`,
  )
}

/** What `rekey` is to change. */
export interface Rekeying {
  /** As `name=age1…`. */
  readonly add: readonly string[]
  /** Names. */
  readonly remove: readonly string[]
  /** Whether a passphrase opens it too; undefined leaves that as it is. */
  readonly passphrase: boolean | undefined
}

/** Encrypts all secrets anew, for other recipients. */
export async function rekeySecrets(inventory: string, { add, remove, passphrase }: Rekeying): Promise<void> {
  const surroundings = processEnvironment()
  const taken = await openForRekey(secretsPath(inventory), surroundings)
  const { path, before: file } = taken
  const before = taken.key.recipients
  for (const name of remove) {
    if (Object.hasOwn(before, name)) continue
    const meant = nearest(name, Object.keys(before))
    throw usage(
      'unknown-recipient',
      'There is no such recipient',
      name,
      meant ? `Did you mean ${meant}?` : `There are: ${Object.keys(before).join(', ')}.`,
    )
  }
  const left = Object.fromEntries(Object.entries(before).filter(([name]) => !remove.includes(name)))
  const more = await parseRecipients(add)
  refuseTaken(left, more)
  const recipients: Recipients = { ...left, ...more }
  const isKept = file.lockedKey.forPassphrase !== undefined && passphrase !== false
  if (Object.keys(recipients).length === 0 && !passphrase && !isKept) {
    throw usage(
      'no-recipients',
      'Nobody would be able to open the secrets',
      undefined,
      'Leave a recipient, or give it a passphrase.',
    )
  }
  const words = passphrase ? await newPassphrase(path) : isKept ? await passphraseFor(path, surroundings) : undefined
  writeSecretsFile(path, await rekeyed(taken.values, recipients, words, taken.key), file)
  const added = Object.keys(recipients).filter((name) => before[name] !== recipients[name])
  const gone = Object.keys(before).filter((name) => !(name in recipients))
  const changes = [
    ...added.map((name) => `  + ${name} ${recipients[name]}`),
    ...gone.map((name) => `  - ${name} ${before[name]}`),
  ]
  write(
    `${[`${path} has a new key and opens for ${Object.keys(recipients).join(', ') || 'anyone with the passphrase'}`, ...changes].join('\n')}\n`,
  )
  if (!taken.isListSealed) {
    write(`These secrets were taken over and sealed: ${Object.keys(taken.values).join(', ') || 'none'}\n`)
  }
  if (gone.length > 0) {
    write('A removed recipient still knows the old values: foobar-deploy secrets rotate NAME gives new ones.\n')
  }
}

/** Refuses to replace a recipient in passing: its owner would be locked out. */
function refuseTaken(recipients: Recipients, more: Recipients): void {
  for (const [name, key] of Object.entries(more)) {
    const known = recipients[name]
    if (known === undefined || known === key) continue
    throw usage(
      'recipient-taken',
      'There is another recipient of this name',
      `${name} is ${known}`,
      `Take another name, for example ${name}-2=${key}. If ${name} has a new key, replace it: --remove ${name} --add ${name}=${key}`,
    )
  }
}

async function toldRecipient(): Promise<string> {
  const { recipient, madeAt } = await ownRecipient(processEnvironment())
  if (madeAt !== undefined) write(`${newKeyText(madeAt)}\n`)
  return recipient
}

function tellExisting(inventory: string, path: string, { recipients }: SecretsFile, mine: string | undefined): void {
  const isMine = mine !== undefined && Object.values(recipients).includes(mine)
  write(
    `${path} is there already and opens for ${Object.keys(recipients).join(', ') || 'anyone with the passphrase'}\n`,
  )
  if (mine === undefined || isMine) return
  write(
    `Your key is not among them. Let one of them run: foobar-deploy secrets rekey --inventory ${quote(inventory)} --add ${freeName(userInfo().username, recipients)}=${mine}\n`,
  )
}

/** `name`, with a number behind it where another recipient has it. */
function freeName(name: string, recipients: Recipients): string {
  let free = name
  for (let number = 2; Object.hasOwn(recipients, free); number++) free = `${name}-${number}`
  return free
}

/** A passphrase that is typed twice, or from the file that was named. */
async function newPassphrase(path: string): Promise<string> {
  const surroundings = processEnvironment()
  const passphrase = await passphraseFor(path, surroundings, `New passphrase for ${path}: `)
  if (passphrase.length < shortestPassphrase) {
    throw usage(
      'weak-passphrase',
      `A passphrase has at least ${shortestPassphrase} characters`,
      undefined,
      'The file is in version control: whoever reads it can try passphrases. Take five words at random.',
    )
  }
  const again = await passphraseFor(path, surroundings, 'The same again: ')
  if (again === passphrase) return passphrase
  throw usage(
    'passphrases-differ',
    'The two passphrases are not the same',
    undefined,
    'Nothing was written. Try again.',
  )
}

const shortestPassphrase = 12

async function parseRecipients(given: readonly string[]): Promise<Recipients> {
  const entries = given.map(async (text): Promise<[string, string]> => {
    const [, name, key] = /^([\w.@+-]+)=(\S+)$/.exec(text) ?? []
    if (name === undefined || key === undefined) {
      throw usage('invalid-recipient', 'A recipient is a name and a key', text, 'For example anna=age1…')
    }
    if (await isRecipient(key)) return [name, key]
    const isPrivate = key.startsWith('AGE-SECRET-KEY')
    throw usage(
      'invalid-recipient',
      isPrivate ? 'This is a private key; never give it to anybody' : 'Not a public key of age',
      isPrivate ? name : text,
      isPrivate
        ? 'The public key stands in the same file, after "public key:". Make a new pair: this one is known now.'
        : 'It is what `foobar-deploy secrets init` or age-keygen print: age1… (SSH keys are not supported).',
    )
  })
  const recipients: Record<string, string> = {}
  for (const [name, key] of await Promise.all(entries)) {
    refuseTaken(recipients, { [name]: key })
    recipients[name] = key
  }
  return recipients
}

function usage(code: string, summary: string, detail: string | undefined, hint: string): FoobarDeployError {
  return new FoobarDeployError('usage', code, summary, { ...(detail === undefined ? {} : { detail }), hint })
}
