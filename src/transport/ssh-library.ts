/** The SSH library, loaded while the link connects: loading it costs more than any other part of starting up. */

import type { NodeSSH } from 'node-ssh'
import type ssh2 from 'ssh2'

/** What is used of node-ssh and of ssh2 below it. */
export interface SshLibrary {
  readonly NodeSSH: typeof NodeSSH
  readonly BaseAgent: typeof ssh2.BaseAgent
  readonly parseKey: typeof ssh2.utils.parseKey
}

let loading: Promise<SshLibrary> | undefined

/** Loads the library, once. */
export function loadSshLibrary(): Promise<SshLibrary> {
  loading ??= load()
  return loading
}

async function load(): Promise<SshLibrary> {
  const [{ NodeSSH }, { default: library }] = await Promise.all([import('node-ssh'), import('ssh2')])
  return {
    NodeSSH,
    BaseAgent: library.BaseAgent,
    parseKey: library.utils.parseKey,
  }
}
