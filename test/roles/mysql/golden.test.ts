/** What the mysql role writes in every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { readFileSync } from 'node:fs'
import { env } from 'node:process'
import { describe, expect, it } from 'vitest'
import { mysql } from '../../../roles/mysql/role.ts'
import { casesBeside, filesOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof mysql>[0]

const cases = casesBeside(import.meta.url)

// The programs are the same in every case, so that a case names only where each comes from.
const programs = ['health', 'settings', 'writable'].map((name) => {
  const source = `roles/mysql/files/mysql-${name}.pl`
  return { source, text: readFileSync(new URL(`../../../${source}`, import.meta.url), 'utf8') }
})

describe('the rendered files', () => {
  it.each(cases.names())('%s', (name) => {
    const tasks = tasksOf(mysql(cases.variables<Input>(name)), cases.around(name))
    const files = Object.entries(filesOf(tasks)).map(([path, text]) => {
      const program = programs.find((one) => one.text === text)
      return [path, program ? `${program.source}\n` : text] as const
    })
    if (env.UPDATE_GOLDEN === '1') cases.write(name, Object.fromEntries(files))
    else expect(Object.fromEntries(files)).toEqual(cases.expected(name))
  })
})
