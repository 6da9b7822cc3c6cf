/** What the host prints when it refuses a shell, and what the user is told to do. */

import { expect, it } from 'vitest'
import { limitsOf } from '../../../src/engine/host/session-limits.ts'
import { refused } from '../../../src/engine/host/shell-failure.ts'
import { Secret } from '../../../src/shell/secret.ts'

const password = new Secret('sudo', 'correct horse')
const shell = { host: 'web1', user: 'root', limits: limitsOf({}) }
const exit = { kind: 'exit', status: 1 } as const

it.each([
  ['sudo: a password is required', 'become-refused', /^Set becomePassword/],
  ['sudo: sorry, you must have a tty to run sudo', 'become-refused', /!requiretty/],
  ['sudo: account validation failure, is your account locked?', 'become-refused', /chage -l/],
  ['sudo: Account expired or PAM config lacks an "account" section for sudo', 'become-refused', /chage -l/],
  ['sudo: Account or password is expired, reset your password and try again', 'password-expired', /set a new one/],
  ['WARNING: Your password has expired.\nPassword change required but no TTY available.', 'password-expired', /chage/],
  ['You are required to change your password immediately (administrator enforced).', 'password-expired', /chage/],
])('%s', (printed, code, hint) => {
  expect(refused(shell, exit, printed)).toMatchObject({ code, detail: printed, hint: expect.stringMatching(hint) })
})

it('an expired password is told of the login user too, and if sudo got a password', () => {
  const printed = 'WARNING: Your password has expired.'
  expect(refused({ ...shell, user: undefined }, exit, printed).code).toBe('password-expired')
  expect(refused({ ...shell, password }, exit, printed).code).toBe('password-expired')
})

it('a password that sudo does not take is to be checked', () => {
  expect(refused({ ...shell, password }, exit, 'sudo: 1 incorrect password attempt').hint).toMatch(
    /^Check becomePassword/,
  )
})
