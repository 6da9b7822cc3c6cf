/** What the compiler must say of commands: no secret and nothing without a plain text form becomes a word. */

import { Secret, sh } from 'foobar-deploy'

const password = new Secret('mysql.app', 'correct horse')

export const good = [
  sh`install -d -- ${'/srv/my app'}`,
  sh`chmod ${644} ${['a', 'b']}`,
  sh`{ ${sh`true`} || ${sh`false`}; }`,
]

// @ts-expect-error Argument of type 'Secret<
sh`mysql --password=${password}`

// @ts-expect-error Type 'Secret<
sh`mysql ${['--password', password]}`

// @ts-expect-error Argument of type 'undefined' is not assignable
sh`rm -rf -- /srv/${undefined}`

// @ts-expect-error Argument of type 'boolean' is not assignable
sh`test ${true}`

// @ts-expect-error 'path' does not exist in type 'Command |
sh`rm -- ${{ path: '/srv' }}`

// @ts-expect-error ' is not assignable to type 'string'
export const text: string = password

// @ts-expect-error Property '#value' is not accessible
password.#value
