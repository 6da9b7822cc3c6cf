/** Plan files on the disk: known by what they hold, whatever they are called. */

import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, extname, relative, resolve } from 'node:path'
import { FoobarDeployError, messageOf } from '../../errors.ts'
import {
  type PlanFile,
  planFileKind,
  planFileSchema,
  planFileVersion,
  type WrittenPlan,
} from '../../report/plan-file-schema.ts'
import { moduleEndings } from '../load-inventory.ts'
import { packageVersion } from '../package-version.ts'
import { writeWhole } from '../write-whole.ts'

/** The plan that the file at `path` holds; undefined where that is something else or nothing. */
export function planFileAt(path: string): PlanFile | undefined {
  if (moduleEndings.includes(extname(path)) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  const text = readFileSync(path, 'utf8')
  if (!text.trimStart().startsWith('{')) return undefined
  const data = parse(path, text)
  if (data.kind !== planFileKind) return undefined
  if (data.schemaVersion !== planFileVersion || data.toolkitVersion !== packageVersion()) {
    throw new FoobarDeployError(
      'usage',
      'plan-of-other-version',
      'The plan was made by another version of foobar-deploy',
      {
        detail: `${path} by ${String(data.toolkitVersion)}, this is ${packageVersion()}`,
        hint: 'Make the plan again with this version, or apply it with that one.',
      },
    )
  }
  const parsed = planFileSchema.safeParse(data)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw invalid(path, issues.slice(0, 5).join('; '))
}

/** Writes `plan` to `path` in one instant, for the user's eyes alone. */
export function writePlanFile(path: string, plan: WrittenPlan): void {
  try {
    writeWhole(path, `${JSON.stringify(plan, null, 2)}\n`, { isDurable: true })
  } catch (cause) {
    throw new FoobarDeployError('environment', 'plan-not-written', 'The plan file cannot be written', {
      detail: messageOf(cause),
      cause,
    })
  }
}

/** The inventory as a plan file at `planPath` names it, so that both can move together. */
export function inventoryFor(planPath: string, inventory: string): string {
  return relative(realpathSync(dirname(resolve(planPath))), realpathSync(inventory))
}

/** The path of the inventory that the plan file at `planPath` names. */
export function inventoryOf(planPath: string, { inventory }: PlanFile): string {
  return relative('', resolve(realpathSync(dirname(resolve(planPath))), inventory))
}

/** Refuses to write a plan where there is something else already, or where there can be nothing. */
export function refuseUnwritable(path: string): void {
  const folder = dirname(resolve(path))
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new FoobarDeployError('usage', 'out-without-folder', 'There is no such folder to write the plan to', {
      detail: folder,
    })
  }
  if (statSync(path, { throwIfNoEntry: false }) && !holdsPlan(path)) {
    throw new FoobarDeployError('usage', 'out-exists', 'The plan would overwrite a file that is not a plan', {
      detail: path,
      hint: 'Give --out another name.',
    })
  }
}

function holdsPlan(path: string): boolean {
  try {
    return planFileAt(path) !== undefined
  } catch (thrown) {
    return thrown instanceof FoobarDeployError && thrown.code === 'plan-of-other-version'
  }
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (thrown) {
    throw invalid(path, messageOf(thrown))
  }
}

function invalid(path: string, detail: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'invalid-plan-file', 'The plan file is not as it was written', {
    detail,
    hint: 'Make the plan again: foobar-deploy plan INVENTORY --out FILE.',
    at: { file: resolve(path) },
  })
}
