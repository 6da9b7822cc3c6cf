/** Tells when a booting host lets people in. */

import { access, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../errors.ts'
import { firstProcess, isHostOn } from './host-processes.ts'
import { labPaths } from './lab-paths.ts'
import type { LabHost } from './lab-spec.ts'
import { logTail } from './process.ts'
import { isListening } from './until.ts'

const bootTimeoutMs = 60_000
const bannerTimeoutMs = 1_000
const intervalMs = 20

/** Waits until the host answers as an ssh server at its socket and logins are allowed. */
export async function awaitHost(lab: string, host: LabHost): Promise<void> {
  const deadlineMs = performance.now() + bootTimeoutMs
  const socket = labPaths(lab).socket(host.name)
  for (;;) {
    const first = await firstProcess(lab, host.name)
    // What /proc shows is looked at first: a connection tried too early is answered only after a second.
    if (first !== undefined && (await allowsLogins(first, host.address)) && (await showsBanner(socket))) return
    if (performance.now() > deadlineMs) throw bootFailure(lab, host, `not within ${bootTimeoutMs / 1000} s`)
    if (!(await isHostOn(lab, host.name))) {
      await delay(intervalMs)
      // A host that was just launched has not entered its cgroup yet.
      if (performance.now() > deadlineMs - bootTimeoutMs + 2_000 && !(await isHostOn(lab, host.name))) {
        throw bootFailure(lab, host, 'it went off')
      }
    }
    await delay(intervalMs)
  }
}

async function allowsLogins(first: number, address: string): Promise<boolean> {
  if (!(await isListening(first, 22))) return false
  const routes = await readFile(`/proc/${first}/net/fib_trie`, 'utf8').catch(() => '')
  if (!routes.includes(`-- ${address}\n`)) return false
  // pam_nologin turns everyone away while this file is there; systemd removes it late in the boot.
  return access(`/proc/${first}/root/run/nologin`).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

/** Whether an ssh server answers at a unix socket. */
export function showsBanner(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket).setTimeout(bannerTimeoutMs).setEncoding('latin1')
    let seen = ''
    connection.on('data', (text: string) => {
      seen += text
      if (seen.length >= 4) connection.destroy()
    })
    connection.on('timeout', () => connection.destroy())
    connection.on('error', () => {})
    connection.on('close', () => resolve(seen.startsWith('SSH-')))
  })
}

function bootFailure(lab: string, host: LabHost, how: string): FoobarDeployError {
  const log = labPaths(lab).hostLog(host.name)
  return new FoobarDeployError('environment', 'lab-boot-failed', 'A host of the lab does not boot', {
    detail: `${how}; its console ends with:\n${logTail(log)}`,
    hint: `Its console is in ${log}; \`foobar-deploy lab down\` removes the lab.`,
    host: host.name,
  })
}
