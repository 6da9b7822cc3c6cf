/** `verify`: applies once more between two fingerprints and tells what moved. */

import type { Verification } from '../../engine/verify.ts'
import { exitCodes } from '../../errors.ts'
import { count, printable } from '../../report/format.ts'
import { dataLine } from '../../report/json-lines.ts'
import type { Paint } from '../../report/paint.ts'
import { wireRun } from '../apply/apply-inventory.ts'
import type { Arguments } from '../arguments.ts'
import { outputOf } from '../select-reporter.ts'
import { endPhase } from '../start-up.ts'
import { paintFor, write } from '../terminal.ts'

/** Verifies and reports; 0 only when it is proven that nothing moved. */
export async function verifyInventory(args: Arguments): Promise<number> {
  const verification = await wireRun('apply', args, async (request, context) => {
    const { verify } = await import('../../engine/verify.ts')
    endPhase('engine')
    return verify(request, context)
  })
  const { result: _result, ...told } = verification
  if (outputOf(args) === 'json') write(dataLine({ type: 'verify-finished', ...told }, Date.now()))
  else write(`\n${verificationLines(verification, await paintFor('stdout')).join('\n')}\n`)
  return verification.proven ? 0 : Math.max(verification.result.exitCode, exitCodes.task)
}

/** What was proven, or what speaks against it. */
export function verificationLines(verification: Verification, paint: Paint): string[] {
  const { changedAgain, moved, compared, proven, result } = verification
  const hosts = Object.entries(compared)
  const things = hosts.reduce((sum, [, amount]) => sum + amount, 0)
  if (proven) {
    const scope = `${count(things, 'thing')} compared on ${count(hosts.length, 'host')}`
    return [`${paint('ok', 'verify: proven, nothing moved')} (${scope}: files, packages and units)`]
  }
  const movements = Object.entries(moved).flatMap(([host, list]) => list.map((thing) => ({ host, ...thing })))
  const missing = Object.keys(result.recap).filter((host) => !(host in compared))
  return [
    ...changedAgain.map((title) => `${paint('changed', 'changed again')}: ${printable(title)}`),
    ...movements.flatMap(({ host, what, before, after }) => [
      `${paint('failed', 'moved')}: ${host}: ${printable(what)}`,
      `  before: ${printable(before ?? '(not there)')}`,
      `  after:  ${printable(after ?? '(not there)')}`,
    ]),
    ...missing.map((host) => `${paint('unreachable', 'not compared')}: ${host}`),
    paint(
      'failed',
      `verify: not proven, ${count(movements.length, 'thing')} moved, ${count(changedAgain.length, 'task')} changed again`,
    ),
  ]
}
