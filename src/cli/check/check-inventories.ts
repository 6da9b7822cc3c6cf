/** `check`: reports what is wrong with inventories. */

import { cwd } from 'node:process'
import { exitCodes, formatLocation } from '../../errors.ts'
import type { Problem } from '../../model/problem.ts'
import { shownPath } from '../../report/error-text.ts'
import { count } from '../../report/format.ts'
import { dataLine } from '../../report/json-lines.ts'
import type { Paint } from '../../report/paint.ts'
import type { Arguments } from '../arguments.ts'
import { defaultInventory } from '../load-inventory.ts'
import { lackingText } from '../secrets/made-text.ts'
import { paintFor, write } from '../terminal.ts'
import { type Checked, checkInventory } from './check-inventory.ts'

/** Checks each inventory that was named; the exit code says whether all are right. */
export async function checkInventories(args: Arguments): Promise<number> {
  const paths = args.inventories.length > 0 ? args.inventories : [defaultInventory()]
  const paint = await paintFor('stdout')
  let problems = 0
  for (const path of paths) {
    const checked = await checkInventory(path, args.overrides)
    problems += checked.problems.length
    write(args.output === 'json' ? jsonLines(checked) : checkedText(checked, paint))
  }
  return problems === 0 ? 0 : exitCodes.definition
}

function jsonLines({ problems, ...checked }: Checked): string {
  const lines = problems.map((problem) =>
    dataLine({ type: 'problem', inventory: checked.inventory, ...problem }, Date.now()),
  )
  return [...lines, dataLine({ type: 'inventory-checked', ...checked, problems: problems.length }, Date.now())].join('')
}

function checkedText({ inventory, problems, hosts, tasks, secretsToMake = [] }: Checked, paint: Paint): string {
  const good = `${inventory}: ${paint('ok', 'nothing wrong')} with ${count(hosts, 'host')} and ${count(tasks, 'task')}`
  const bad = `${inventory}: ${paint('failed', count(problems.length, 'problem'))}`
  const told = secretsToMake.length === 0 ? '' : `; ${lackingText(secretsToMake)}`
  return [
    ...problems.map((problem) => problemText(problem, paint)),
    `${problems.length === 0 ? good : bad}${told}`,
    '',
  ].join('\n')
}

function problemText({ subject, path, message, at }: Problem, paint: Paint): string {
  const where = at ? `\n  at ${formatLocation({ ...at, file: shownPath(at.file, cwd()) })}` : ''
  const what = path === '' ? subject : `${subject} at ${path}`
  return `${paint('failed', 'problem')}: ${what}: ${message.replaceAll('\n', '\n  ')}${where}`
}
