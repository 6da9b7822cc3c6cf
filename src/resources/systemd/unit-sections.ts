/** The sections of a unit file as values, and the text they make. */

import { z } from 'zod'

const value = z.union([
  z
    .string()
    .regex(/^[^\n\0]*$/, 'must be one line; for several values write a list')
    .refine((text) => !text.endsWith('\\'), 'must not end with a backslash, which joins it with the next line'),
  z.number(),
  z.boolean(),
])
const options = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/), z.union([value, z.array(value)]), {
    error: ({ code }) => (code === 'invalid_key' ? 'is no name of an option' : undefined),
  })
  .optional()

/** By section, the options; a list is the option several times, true and false are yes and no. */
export const unitSections = z
  .strictObject({
    Unit: options,
    Service: options,
    Socket: options,
    Timer: options,
    Path: options,
    Mount: options,
    Automount: options,
    Swap: options,
    Slice: options,
    Scope: options,
    Install: options,
  })
  .refine((sections) => Object.values(sections).some((section) => section), 'Name at least one section')

/** The text of a unit file. Sections and options come in the order in which they were written. */
export function renderUnit(sections: z.output<typeof unitSections>): string {
  const blocks = Object.entries(sections).flatMap(([name, section]) => {
    if (!section) return []
    const lines = Object.entries(section).flatMap(([key, given]) =>
      (Array.isArray(given) ? given : [given]).map((one) => `${key}=${textOf(one)}`),
    )
    return [[`[${name}]`, ...lines].join('\n')]
  })
  return `${blocks.join('\n\n')}\n`
}

function textOf(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
