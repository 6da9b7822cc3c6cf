/** The word that an operation asks for, typed on the command line. */

import { expect, it } from 'vitest'
import { answersFor } from '../../src/cli/questions.ts'

const around = { suspend: () => {}, resume: () => {} }
const asked = { warning: 'The data of web1 is replaced', word: 'web1' }
const answer = (word: string) =>
  answersFor({ step: false, yes: true, word }, around, new AbortController().signal).confirmWord?.(asked)

it('is the right one, or nothing else: not even yes', async () => {
  expect(await answer('web1')).toBe(true)
  expect(await answer('web2')).toBe(false)
  expect(await answer('yes')).toBe(false)
  expect(await answer('')).toBe(false)
})
