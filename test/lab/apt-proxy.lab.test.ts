/** The packages' proxy serves all labs of a cache, and goes with the last of them. */

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { acquireAptProxy, aptProxyCgroup, aptProxySocket, releaseAptProxy } from '../../src/lab/apt-proxy.ts'
import { processesIn } from '../../src/lab/cgroup.ts'
import { withLock } from '../../src/lab/lock.ts'
import { createNetwork, removeNetwork } from '../../src/lab/network.ts'
import { isListening } from '../../src/lab/until.ts'

const labs = ['test-proxy-one', 'test-proxy-two'] as const
let cache = ''

const inEach = (action: typeof removeNetwork | typeof createNetwork) =>
  withLock(
    join(cache, 'lock'),
    () => {},
    async (lock) => {
      for (const lab of labs) await action(lab, lock)
    },
  )

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'proxy-'))
  await chmod(cache, 0o755)
  vi.stubEnv('FOOBAR_DEPLOY_CACHE_DIR', cache)
  await inEach(createNetwork)
})

afterAll(async () => {
  for (const lab of labs) await releaseAptProxy(lab)
  await inEach(removeNetwork)
  await rm(cache, { recursive: true })
})

it('is one process for two labs, without a TCP port, and ends with the second', async () => {
  await Promise.all(labs.map(acquireAptProxy))
  const [process, ...others] = await processesIn(aptProxyCgroup())
  expect(others).toEqual([])
  expect(aptProxySocket().startsWith(cache)).toBe(true)
  for (const port of [3142, 9999]) expect(await isListening(process, port)).toBe(false)
  await releaseAptProxy(labs[0])
  expect(await processesIn(aptProxyCgroup())).toEqual([process])
  await releaseAptProxy(labs[1])
  expect(await processesIn(aptProxyCgroup())).toEqual([])
})

it('takes no account of a lab whose network went away', async () => {
  await Promise.all(labs.map(acquireAptProxy))
  await withLock(
    join(cache, 'lock'),
    () => {},
    (lock) => removeNetwork(labs[1], lock),
  )
  await releaseAptProxy(labs[0])
  expect(await processesIn(aptProxyCgroup())).toEqual([])
})
