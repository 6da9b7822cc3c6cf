/** What is said of a member that a schema does not know. */

import { expect, test } from 'vitest'
import { z } from 'zod'
import { unknownKey } from '../../src/model/unknown-key.ts'
import { resources } from '../../src/resources/index.ts'

const didYouMean = (name: string) => `is not known here; did you mean ${name}?`

test.each([
  ['file', 'overwite', 'overwrite'],
  ['file', 'force', 'overwrite'],
  ['file', 'dest', 'path'],
  ['symlink', 'force', 'replace'],
  ['directory', 'force', 'recursive'],
  ['git', 'force', 'discardChanges'],
  ['download', 'url', 'from'],
  ['mount', 'source', 'device'],
  ['cron', 'variables', 'environment'],
  ['certificate', 'days', 'validDays'],
  ['configFiles', 'root', 'path'],
  ['command', 'okStatuses', 'status'],
  ['mysqlReplica', 'lagLimitSeconds', 'lagLimitMs'],
  ['mysqlReplica', 'retrySeconds', 'reconnect'],
])('of %s, %s means %s', (type, key, meant) => {
  expect(unknownKey(resources[type]?.schema, [], key)).toBe(didYouMean(meant))
})

test('a time in another unit is found in an object, and what is near nothing gets the members', () => {
  const schema = z.strictObject({ timeouts: z.strictObject({ client: z.string(), clientSeconds: z.number() }) })
  expect(unknownKey(schema, ['timeouts'], 'clientMs')).toBe(didYouMean('clientSeconds'))
  expect(unknownKey(schema, ['timeouts'], 'forever')).toBe('is not known here; there are client, clientSeconds')
})
