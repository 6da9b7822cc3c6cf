/** What is written down of a lab: first what was asked for, last that it was completed. */

import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { ImageStack } from './build-images.ts'
import { labPaths } from './lab-paths.ts'
import type { LabSpec } from './lab-spec.ts'

/** A lab as recorded. */
export interface LabRecord {
  readonly spec: LabSpec
  /** Absent until the images are known. */
  readonly images?: ImageStack
}

/** Records a lab in place of what was recorded before. */
export async function writeRecord(record: LabRecord): Promise<void> {
  const file = labPaths(record.spec.name).record
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

/** The record of a lab; undefined when there is none. */
export async function readRecord(lab: string): Promise<LabRecord | undefined> {
  const text = await readFile(labPaths(lab).record, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Whether the last `up` or `reset` went through to the end. */
export function isComplete(lab: string): boolean {
  return existsSync(labPaths(lab).complete)
}

/** Whether two labs are the same but for the order of what they list. */
export function isSameSpec(one: LabSpec, other: LabSpec): boolean {
  return canonical(one) === canonical(other)
}

function canonical({ name, suite, packages, hosts }: LabSpec): string {
  const hostLines = hosts.map((host) => `${host.name} ${host.address}`).sort()
  return JSON.stringify([name, suite, [...new Set(packages)].sort(), hostLines])
}
