/** The names of systemd units as users write them: `nginx`, `nginx.service`, `backup@daily.timer`. */

import { z } from 'zod'

const suffix = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/
// One name that systemd refuses would spoil the answer for all the others.
const wellFormed = /^(?![.-])[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]+)?\.[a-z]+$/

/** A unit's full name; `.service` may be left out. */
export const unitName = z
  .string()
  .transform((name) => (suffix.test(name) ? name : `${name}.service`))
  .superRefine((name, context) => {
    const message = complaintAbout(name)
    if (message) context.addIssue({ code: 'custom', message })
  })

/** The name as people say it. */
export function shortUnitName(name: string): string {
  return name.replace(/\.service$/, '')
}

function complaintAbout(name: string): string | undefined {
  const shown = JSON.stringify(shortUnitName(name))
  if (/@\.[a-z]+$/.test(name)) return `${shown} is a template: name an instance of it, such as ${example(name)}`
  if (!wellFormed.test(name)) {
    return `${shown} is no name of a unit: letters, digits and : - _ . \\ with at most one @ (systemd-escape makes one of any text)`
  }
  return name.length > 255 ? `${shown} is too long for a unit: 255 characters at most` : undefined
}

function example(name: string): string {
  return shortUnitName(name.replace('@.', '@main.'))
}
