/** `apply`: of the named inventory, or of a plan file. */

import { extname } from 'node:path'
import type { RunResult } from '../../engine/run-request.ts'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Arguments } from '../arguments.ts'
import { moduleEndings } from '../load-inventory.ts'
import { runInventory } from './apply-inventory.ts'

/** Applies and reports. */
export async function applyNamed(args: Arguments): Promise<RunResult> {
  const [path] = args.inventories
  // What is named like a module is one: the schema of plan files need not be loaded to see that.
  if (path === undefined || moduleEndings.includes(extname(path))) return runInventory('apply', args)
  const { inventoryOf, planFileAt } = await import('../plan/plan-file.ts')
  const plan = planFileAt(path)
  if (!plan) return runInventory('apply', args)
  refuseOwnChoice(args)
  const { limit, tags, skipTags, vars, startAt, key, hosts, operation } = plan
  const planned = { ...args, inventories: [inventoryOf(path, plan)], limit, tags, skipTags, overrides: vars }
  return runInventory(
    'apply',
    { ...planned, ...definedOnly({ startAt }) },
    { planFile: { key: Buffer.from(key, 'hex'), expected: hosts }, ...definedOnly({ operation }) },
  )
}

function refuseOwnChoice({ limit, tags, skipTags, overrides, startAt, failed }: Arguments): void {
  const given = {
    '--limit': limit.length > 0,
    '--tags': tags.length > 0,
    '--skip-tags': skipTags.length > 0,
    '--var': overrides.length > 0,
    '--start-at': startAt !== undefined,
    '--failed': failed,
  }
  const names = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []))
  if (names.length === 0) return
  throw new FoobarDeployError('usage', 'plan-is-whole', 'A plan file is carried out as a whole', {
    detail: names.join(', '),
    hint: 'Make a plan of that part: foobar-deploy plan INVENTORY with these options and --out FILE.',
  })
}
