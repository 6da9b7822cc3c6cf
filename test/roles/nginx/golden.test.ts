/** The rendered configuration of every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { env } from 'node:process'
import { describe, expect, it } from 'vitest'
import { caseNames, expectedOf, factsOf, rendered, variablesOf, writeExpected } from './case.ts'

const isUpdate = env.UPDATE_GOLDEN === '1'

describe('the rendered configuration', () => {
  it.each(caseNames())('%s', (name) => {
    const files = rendered(variablesOf(name), factsOf(name))
    if (isUpdate) writeExpected(name, files)
    else expect(files).toEqual(expectedOf(name))
  })
})
