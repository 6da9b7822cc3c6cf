/** Encryption by age, loaded when it is first needed: texts go in, ciphertexts in base64 come out, and back. */

/** `text`, for the holders of any of these recipients' identities. */
export async function encryptTo(recipients: readonly string[], text: string): Promise<string> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return base64(await encrypter.encrypt(text))
}

/** `text`, for those who know the passphrase. Takes about a second, as does guessing. */
export async function encryptWithPassphrase(passphrase: string, text: string): Promise<string> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  return base64(await encrypter.encrypt(text))
}

/** What opens ciphertexts. */
export type Key = { readonly identities: readonly string[] } | { readonly passphrase: string }

/** The text; `no-key` when none of the keys is the right one, `broken` when the ciphertext is not what was encrypted. */
export async function decrypt(
  key: Key,
  ciphertext: string | Uint8Array,
): Promise<{ readonly text: string } | 'no-key' | 'broken'> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  if ('passphrase' in key) decrypter.addPassphrase(key.passphrase)
  else for (const identity of key.identities) decrypter.addIdentity(identity)
  try {
    const bytes = typeof ciphertext === 'string' ? Buffer.from(ciphertext, 'base64') : ciphertext
    return { text: await decrypter.decrypt(bytes, 'text') }
  } catch (thrown) {
    return thrown instanceof Error && thrown.message.startsWith('no identity matched') ? 'no-key' : 'broken'
  }
}

/** A new X25519 identity: `AGE-SECRET-KEY-1…`. */
export async function newIdentity(): Promise<string> {
  const { generateX25519Identity } = await import('age-encryption')
  return generateX25519Identity()
}

/** The recipient of an identity: `age1…`. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  return identityToRecipient(identity)
}

/** Whether age can encrypt to `recipient`. */
export async function isRecipient(recipient: string): Promise<boolean> {
  const { Encrypter } = await import('age-encryption')
  try {
    new Encrypter().addRecipient(recipient)
    return true
  } catch {
    return false
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
