/** The reference stack on Debian's stable release, with MariaDB. */

import { expect, it } from 'vitest'
import { curl, until } from '../roles/clients.ts'
import { mariadbPackages } from '../roles/stack-packages.ts'
import { changedIn, exchangesIn, stackFor } from './on-stack.ts'

const name = 'test-stack-stable'
const stack = stackFor(name, { suite: 'trixie', packages: mariadbPackages })
const resolved = ['--resolve', 'www.foobar.com:443:198.51.100.10', '--insecure']
const asked = (path: string, ...args: string[]) => curl(name, ...resolved, ...args, `https://www.foobar.com${path}`)

it('comes up in one apply; what is written through mysql-write arrives on the replica; another apply changes nothing', async () => {
  await stack.apply()
  const text = 'a note of the test'
  const body = JSON.stringify({ text })
  const { note } = JSON.parse(await asked('/api/notes', '-H', 'Content-Type: application/json', '-d', body)) as {
    note: { id: number }
  }
  await until(
    () => stack.on('web2', `mariadb -N -B -e "select text from app.notes where id = ${note.id}"`),
    (seen) => seen.trim() === text,
  )
  expect(await stack.on('web2', 'mariadb -N -B -e "select version(), @@read_only"')).toMatch(/^11\.8.*MariaDB.*\t1\n$/)
  const lines = await stack.apply()
  expect(changedIn(lines)).toEqual({ web1: [], web2: [] })
  expect(exchangesIn(lines)).toEqual({ web1: 2, web2: 2 })
  const status = await until(
    () => stack.run('status', '--detailed-exitcode'),
    ({ code }) => code === 0,
    60_000,
  )
  expect(status.stdout).toContain('11.8')
}, 900_000)
