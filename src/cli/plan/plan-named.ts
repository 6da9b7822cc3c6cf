/** `plan`: of the named inventory, and with `--out` into a plan file. */

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { ChosenOperation } from '../../engine/compile/operation.ts'
import type { RunResult } from '../../engine/run-request.ts'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import { count } from '../../report/format.ts'
import { dataLine } from '../../report/json-lines.ts'
import { redact } from '../../shell/redact.ts'
import { runInventory } from '../apply/apply-inventory.ts'
import type { Arguments } from '../arguments.ts'
import { outputOf } from '../select-reporter.ts'
import { tell, write } from '../terminal.ts'

/** Plans and reports, the playbook or an operation; writes the plan file where one is wanted and every host came through. */
export async function planNamed(args: Arguments, operation?: ChosenOperation): Promise<RunResult> {
  const { out } = args
  const chosen = definedOnly({ operation })
  if (out === undefined) return runInventory('plan', args, chosen)
  const { refuseUnwritable } = await import('./plan-file.ts')
  refuseUnwritable(out)
  // An older plan must not be taken for this one, however this one ends.
  rmSync(out, { force: true })
  const key = randomBytes(32)
  const result = await runInventory('plan', args, { planFile: { key }, ...chosen })
  if (result.exitCode === 0) await keep(out, args, key, result, operation)
  else tell(`${out} was not written: a plan is whole, and this one failed.`)
  return result
}

async function keep(
  out: string,
  args: Arguments,
  key: Buffer,
  { recap, planned = {} }: RunResult,
  operation: ChosenOperation | undefined,
): Promise<void> {
  const { tags, skipTags, overrides, startAt } = args
  const [{ inventoryFor, writePlanFile }, { planFileKind, planFileVersion }, { defaultInventory }, { packageVersion }] =
    await Promise.all([
      import('./plan-file.ts'),
      import('../../report/plan-file-schema.ts'),
      import('../load-inventory.ts'),
      import('../package-version.ts'),
    ])
  const secret = overrides.find(({ text }) => redact(text) !== text)
  if (secret) {
    throw new FoobarDeployError('usage', 'secret-in-plan', 'A variable set with --var holds a secret', {
      detail: secret.path,
      hint: 'Plan files hold no secrets. Keep it in the secrets of the inventory.',
    })
  }
  writePlanFile(out, {
    kind: planFileKind,
    schemaVersion: planFileVersion,
    toolkitVersion: packageVersion(),
    made: new Date().toISOString(),
    inventory: inventoryFor(out, args.inventories[0] ?? defaultInventory()),
    // Who failed last time is another matter when the plan is applied.
    limit: args.failed ? Object.keys(recap) : args.limit,
    tags,
    skipTags,
    vars: overrides,
    ...definedOnly({ startAt, operation }),
    key: key.toString('hex'),
    hosts: planned,
  })
  const tasks = Object.values(planned).flat().length
  const hosts = Object.keys(planned).length
  if (outputOf(args) === 'json') write(dataLine({ type: 'plan-written', file: out, hosts, tasks }, Date.now()))
  else write(`plan: written to ${out}: ${count(tasks, 'task')} on ${count(hosts, 'host')}\n`)
}
