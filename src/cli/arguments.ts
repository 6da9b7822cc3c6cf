/** The values of options, checked and typed, from what the parser made of the command line. */

import { definedOnly, FoobarDeployError } from '../errors.ts'
import type { VarOverride } from '../model/vars.ts'
import type { Output } from './options.ts'

/** Arguments as the parser leaves them. */
export type RawArguments = Readonly<Record<string, unknown>>

/** What a command was told; what its options do not cover has its default. */
export interface Arguments {
  /** Paths of inventory files; empty when none was named. */
  readonly inventories: readonly string[]
  readonly limit: readonly string[]
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly overrides: readonly VarOverride[]
  readonly forks: number
  readonly diff: boolean
  readonly allowUnsupportedSystem: boolean
  readonly output?: Output
  readonly verbose: boolean
  readonly timings: boolean
  readonly detailedExitcode: boolean
  /** Title of the task to start at. */
  readonly startAt?: string
  /** Only hosts that did not come through the last apply. */
  readonly failed: boolean
  /** Ask for each change. */
  readonly step: boolean
  /** Answer questions with yes. */
  readonly yes: boolean
  /** What is typed where an operation asks for a word. */
  readonly word?: string
  /** The plan file to write. */
  readonly out?: string
  /** What stands after `--`. */
  readonly rest: readonly string[]
}

const repeatable = ['_', '--', 'inventory', 'limit', 'tags', 'skip-tags', 'skipTags', 'var']

/** Checks what yargs does not. */
export function readArguments(raw: RawArguments): Arguments {
  const twice = Object.keys(raw).find((name) => Array.isArray(raw[name]) && !repeatable.includes(name))
  if (twice) throw usage('repeated-option', 'An option was given more than once', `--${twice}`)
  return {
    inventories: texts(raw.inventory),
    limit: names(raw.limit),
    tags: names(raw.tags),
    skipTags: names(raw['skip-tags']),
    overrides: texts(raw.var).map(parseVar),
    forks: wholeNumber('forks', raw.forks ?? 25),
    diff: raw.diff === true,
    allowUnsupportedSystem: raw['allow-unsupported-system'] === true,
    ...definedOnly({ output: raw.output as Output | undefined }),
    verbose: raw.verbose === true,
    timings: raw.timings === true,
    detailedExitcode: raw['detailed-exitcode'] === true,
    ...definedOnly({ startAt: text('start-at', raw['start-at']), out: text('out', raw.out) }),
    failed: raw.failed === true,
    ...answers(raw),
    rest: texts(raw['--']),
  }
}

function texts(value: unknown): string[] {
  return [value].flat().flatMap((item) => (item === undefined ? [] : [String(item)]))
}

/** `a,b` as `['a', 'b']`. */
function names(value: unknown): string[] {
  return texts(value)
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function parseVar(text: string): VarOverride {
  const [, path, value] = /^([\p{L}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}\p{N}_$-]+)*)=(.*)$/su.exec(text) ?? []
  if (path !== undefined && value !== undefined) return { path, text: value }
  throw usage('invalid-var', 'A variable is set with key=value', text || 'nothing was given', '--var mysql.port=3307')
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (String(value).trim() !== '') return String(value)
  throw usage(`invalid-${name}`, `--${name} is empty`, undefined)
}

function answers({ step, yes }: RawArguments): Pick<Arguments, 'step' | 'yes'> {
  if (step !== true || yes !== true) return { step: step === true, yes: yes === true }
  throw usage('step-with-yes', '--step and --yes exclude each other', '--step --yes')
}

function wholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw usage(`invalid-${name}`, `--${name} must be a whole number above 0`, undefined, `--${name} 10`)
}

function usage(code: string, summary: string, detail: string | undefined, example?: string): FoobarDeployError {
  const hint = example && `For example ${example}`
  return new FoobarDeployError('usage', code, summary, definedOnly({ detail, hint }))
}
