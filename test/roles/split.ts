/** Splits the network of a lab: its hosts no longer reach one another, and whoever is in the lab’s network reaches all of them. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { labPaths } from '../../src/lab/index.ts'

const execute = promisify(execFile)

/** Cuts the hosts of a lab off from one another while `work` is done, and lets them reach each other again. */
export async function whileSplit(lab: string, work: () => Promise<unknown>): Promise<void> {
  await isolate(lab, 'on')
  try {
    await work()
  } finally {
    await isolate(lab, 'off')
  }
}

/** The hardware address at which the lab’s network looks for `address`, in place of any that it knows. */
export async function believe(lab: string, address: string, hardware: string): Promise<void> {
  await inNetwork(lab, 'ip', 'neigh', 'replace', address, 'lladdr', hardware, 'dev', 'br0', 'nud', 'reachable')
}

// The ports of a bridge that are isolated reach the bridge, and not each other.
async function isolate(lab: string, state: 'on' | 'off'): Promise<void> {
  const links = await inNetwork(lab, 'ip', '-brief', 'link', 'show', 'master', 'br0')
  for (const [, device = ''] of links.matchAll(/^([^@\s]+)/gm)) {
    await inNetwork(lab, 'bridge', 'link', 'set', 'dev', device, 'isolated', state)
  }
}

async function inNetwork(lab: string, ...command: string[]): Promise<string> {
  const { stdout } = await execute('nsenter', [`--net=${labPaths(lab).networkFile}`, '--', ...command])
  return stdout
}
