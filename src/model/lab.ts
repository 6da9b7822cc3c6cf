/** The inventory's `lab` section: the throw-away local hosts that stand in for the inventory's hosts. */

import { z } from 'zod'

/** The Debian releases that a lab can run. */
export const labSuites = ['bookworm', 'trixie', 'sid'] as const

/** A Debian release that a lab can run; see {@link labSuites}. */
export type LabSuite = (typeof labSuites)[number]

/** What a lab's name looks like; it names a network namespace, a cgroup and a directory. */
export const labNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** What the name of a Debian package looks like. */
export const packageNamePattern = /^[a-z0-9][a-z0-9+.-]+$/

/** Schema of an inventory's `lab` section. */
export const labSchema = z.strictObject({
  /** Name of the lab: labs of different names run side by side. */
  name: z.string().regex(labNamePattern, 'must be kebab-case').max(32).default('dev'),
  /** The Debian release of the hosts. */
  suite: z.enum(labSuites).default('sid'),
  /** Debian packages baked into the hosts' image, so that a fresh host has them. */
  packages: z.array(z.string().regex(packageNamePattern, 'must be the name of a Debian package')).default([]),
})

/** An inventory's `lab` section with its defaults filled in. */
export type LabDeclaration = z.infer<typeof labSchema>
