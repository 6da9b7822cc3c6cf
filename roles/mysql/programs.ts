/** The programs that the role puts on a host, and what they are called with. */

import { file, type Handler, type Task } from 'foobar-deploy'
import type { Place } from './place.ts'

/** Where they lie. */
export const programs = {
  health: '/usr/local/sbin/mysql-health',
  writable: '/usr/local/sbin/mysql-writable',
  settings: '/usr/local/sbin/mysql-settings',
  promote: '/usr/local/sbin/mysql-promote',
} as const

/** Programs are root’s. */
export const owned = { owner: 'root', group: 'root', mode: '0755' } as const

/** The task that puts a program in its place. */
export function programTask(name: 'health' | 'writable' | 'settings', notify: readonly Handler[] = []): Task {
  const from = `./files/mysql-${name}.pl`
  return file({ path: programs[name], from, ...owned, notify })
}

/** How a program names the peers, one argument each. */
export function peerArguments({ peers, vars }: Place): string[] {
  return peers.map(({ name, address }) => `--peer=${name} ${address} ${vars.health.port} ${vars.port}`)
}
