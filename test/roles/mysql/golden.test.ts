/** What the mysql role writes in every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { env } from 'node:process'
import { describe, expect, it } from 'vitest'
import { mysql } from '../../../roles/mysql/role.ts'
import { casesBeside, filesOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof mysql>[0]

const cases = casesBeside(import.meta.url)

describe('the rendered files', () => {
  it.each(cases.names())('%s', (name) => {
    const tasks = tasksOf(mysql(cases.variables<Input>(name)), cases.around(name))
    // The programs are the same everywhere.
    const files = Object.entries(filesOf(tasks)).filter(([path]) => !path.startsWith('/usr/local/'))
    if (env.UPDATE_GOLDEN === '1') cases.write(name, Object.fromEntries(files))
    else expect(Object.fromEntries(files)).toEqual(cases.expected(name))
  })
})
