/** Every resource says which paths it writes to, or is known to write to none of the user's choice. */

import { expect, it } from 'vitest'
import { resources } from '../../src/resources/index.ts'

/** They run programs of the host, which know their own places; or what the user wrote. */
const withoutPaths = [
  'apt',
  'assert',
  // It acts as the user whose keys they are.
  'authorizedKey',
  'command',
  'debconf',
  'group',
  'haproxyServer',
  'httpCheck',
  'mysqlDatabase',
  'mysqlReplica',
  'mysqlUser',
  'reboot',
  'script',
  'service',
  'waitFor',
]

it('every other resource says where it writes', () => {
  const silent = Object.entries(resources).filter(([, resource]) => resource.writes === undefined)
  expect(silent.map(([type]) => type).sort()).toEqual(withoutPaths)
})
