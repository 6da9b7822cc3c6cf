/** A listing as people read it. */

import { printable } from '../../report/format.ts'
import type { Paint } from '../../report/paint.ts'
import { lackingText } from '../secrets/made-text.ts'
import type { ListedVar } from './listed-vars.ts'

/** What `list` found; parts that were not asked for are absent. */
export interface Listing {
  readonly playbook: string
  readonly hosts?: readonly { readonly name: string; readonly address: string; readonly groups: readonly string[] }[]
  readonly plays?: readonly ListedPlay[]
  readonly vars?: readonly { readonly host: string; readonly vars: readonly ListedVar[] }[]
  readonly tags?: readonly string[]
  readonly operations?: readonly ListedOperations[]
  /** Names of secrets that an apply will make. */
  readonly secretsToMake?: readonly string[]
}

/** A play with the tasks of each of its hosts. */
export interface ListedPlay {
  readonly name: string
  readonly hosts: readonly { readonly host: string; readonly tasks: readonly ListedTask[] }[]
}

/** What can be done to a role. */
export interface ListedOperations {
  readonly role: string
  readonly hosts: readonly string[]
  readonly operations: readonly { readonly name: string; readonly summary: string }[]
}

/** A task without what it desires. */
export interface ListedTask {
  readonly title: string
  readonly role?: string
  readonly tags: readonly string[]
}

/** The listing's text. */
export function listingText(
  { playbook, hosts, plays, vars, tags, operations, secretsToMake }: Listing,
  paint: Paint,
): string {
  const sections = [
    hosts && [
      paint('heading', `hosts of ${playbook}`),
      ...columns(hosts.map((host) => [host.name, host.address, host.groups.join(', ')])),
    ],
    ...(plays ?? []).flatMap((play) => playSections(play, paint)),
    ...(vars ?? []).map(({ host, vars: list }) => [
      paint('heading', `vars of ${host}`),
      ...columns(
        list.map(({ path, value, origin }) => [path, printable(JSON.stringify(value)), paint('quiet', origin)]),
      ),
    ]),
    tags && [paint('heading', 'tags'), ...(tags.length > 0 ? tags.map((tag) => `  ${tag}`) : ['  (none)'])],
    operations && [
      paint('heading', 'operations'),
      ...columns(
        operations.flatMap(({ role, hosts: on, operations: verbs }) =>
          verbs.map(({ name, summary }) => [`do ${role} ${name}`, summary, paint('quiet', on.join(', '))]),
        ),
      ),
    ],
    secretsToMake && [lackingText(secretsToMake)],
  ]
  return `${sections
    .filter((section) => section !== undefined)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Hosts with the same tasks share a section. */
function playSections({ name, hosts }: ListedPlay, paint: Paint): string[][] {
  const bySame = Map.groupBy(hosts, ({ tasks }) => JSON.stringify(tasks))
  return [...bySame.values()].map((same) => [
    paint('heading', `play ${name}: ${same.map(({ host }) => host).join(', ')}`),
    ...(same[0]?.tasks ?? []).map(({ title, role, tags }) => {
      const shownTags = tags.length > 0 ? ` ${paint('quiet', `[${tags.join(', ')}]`)}` : ''
      return `  ${printable(role === undefined ? title : `${role}: ${title}`)}${shownTags}`
    }),
  ])
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const widths = [width(0), width(1)]
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell)).join('  ')}`.trimEnd(),
  )
}
