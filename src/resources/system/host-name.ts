/** Names of hosts, as resolvers and the kernel take them. */

import { z } from 'zod'

const labels = /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/

/** The name of a host, with or without its domain. */
export const hostName = z
  .string()
  .regex(labels, 'must be the name of a host: letters, digits and hyphens, with dots between its parts')
  .max(253, 'is longer than the name of a host may be (253 characters)')
