/** The resources, and each by its type. A new one is a line in factories.ts. */

import type { AnyResource } from '../plan/resource.ts'
import * as factories from './factories.ts'

export * from './factories.ts'

/** Every resource by its type. */
export const resources: Readonly<Record<string, AnyResource>> = Object.fromEntries(
  Object.values(factories).map(({ resource }) => [resource.type, resource]),
)
