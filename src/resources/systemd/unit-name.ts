/** The names of systemd units as users write them: `nginx`, `nginx.service`, `backup@daily.timer`. */

import { z } from 'zod'

const suffix = /\.(service|socket|timer|target|path|mount|automount|swap|slice|scope|device)$/
// One name that systemd refuses would spoil the answer for all the others.
const wellFormed = /^(?![.-])[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.[a-z]+$/

/** The name of a unit's file, which may be a template: `.service` may be left out. */
export const unitFileName = named(malformed)

/** A unit's full name; `.service` may be left out. */
export const unitName = named((name) => template(name) ?? malformed(name))

/** Whether the name is that of a template: `worker@.service`. */
export function isTemplate(name: string): boolean {
  return /@\.[a-z]+$/.test(name)
}

/** The name as people say it. */
export function shortUnitName(name: string): string {
  return name.replace(/\.service$/, '')
}

function named(complaintAbout: (name: string) => string | undefined) {
  return z
    .string()
    .transform((name) => (suffix.test(name) ? name : `${name}.service`))
    .superRefine((name, context) => {
      const message = complaintAbout(name)
      if (message) context.addIssue({ code: 'custom', message })
    })
}

function template(name: string): string | undefined {
  if (!isTemplate(name)) return undefined
  const instance = shortUnitName(name.replace('@.', '@main.'))
  return `${shown(name)} is a template: name an instance of it, such as ${instance}`
}

function malformed(name: string): string | undefined {
  if (!wellFormed.test(name)) {
    return `${shown(name)} is no name of a unit: letters, digits and : - _ . \\ with at most one @ (systemd-escape makes one of any text)`
  }
  return name.length > 255 ? `${shown(name)} is too long for a unit: 255 characters at most` : undefined
}

function shown(name: string): string {
  return JSON.stringify(shortUnitName(name))
}
