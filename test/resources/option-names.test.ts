/** The names of options follow the rules in CONTRIBUTING.md, "The public API". */

import { expect, test } from 'vitest'
import { optionNames } from '../../scripts/resource-options.ts'
import { resources } from '../../src/resources/index.ts'
import { readProjectFile } from '../architecture/modules.ts'

const options = Object.keys(resources).flatMap((type) => optionNames(type).map((name) => `${type} ${name}`))

test.each<[string, RegExp]>([
  ['say what is discarded, not force', /\bforce\b/],
  ['are adjectives where they are true or false', / (.*\.)?is[A-Z]/],
  ['give times in milliseconds', /(Seconds|Minutes|Hours)$/],
  ['begin with exclusive where nothing else may be there', /exact/i],
  ['name a file that is written path', / (root|dest|file|filename)$/],
])('options %s', (_rule, offence) => {
  expect(options.length).toBeGreaterThan(200)
  expect(options.filter((option) => offence.test(option))).toEqual([])
})

test('no option has the name of one that every task has', () => {
  const body = /export interface TaskOptions \{(?<body>.*?)\n\}/s.exec(readProjectFile('src/model/task-tree.ts'))
    ?.groups?.body
  const ofTasks = [...(body ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name)
  expect(ofTasks).toContain('retry')
  expect(options.filter((option) => ofTasks.includes(option.split(' ')[1] ?? ''))).toEqual([])
})
