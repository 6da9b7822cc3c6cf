/** Looks for anything on this machine that tells of a lab. */

import { readdir, readFile } from 'node:fs/promises'
import { cgroupDirectory } from '../../src/lab/cgroup.ts'
import { labPaths, labRoots } from '../../src/lab/lab-paths.ts'

/** Mounts, network namespaces, cgroups, processes and files of the lab; empty when it is gone. */
export async function tracesOf(lab: string): Promise<string[]> {
  const { directory, network, cgroup } = labPaths(lab)
  const words = [`${directory}/`, `/run/netns/${network}`, `/${cgroup}`]
  const tells = (text: string) => words.some((word) => text.includes(word))
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(tells)
  const namespaces = (await list('/run/netns')).filter((name) => name === network)
  const cgroups = (await list(await cgroupDirectory())).filter((name) => name === cgroup)
  const files = (await list(labRoots().labs)).filter((name) => name === lab)
  const users = (await list(`${labRoots().cache}/apt-proxy/users`)).filter((name) => name === network)
  return [...mounts, ...namespaces, ...cgroups, ...files, ...users, ...(await processes(tells))]
}

async function processes(tells: (text: string) => boolean): Promise<string[]> {
  const ids = (await list('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = ids.map(async (id) => {
    const read = (name: string) => readFile(`/proc/${id}/${name}`, 'utf8').catch(() => '')
    const [command, groups, status] = await Promise.all([read('cmdline'), read('cgroup'), read('status')])
    // A zombie has ended; when it vanishes is for its parent to say.
    return /^State:\s+Z/m.test(status) ? '' : `${command.replaceAll('\0', ' ')} ${groups}`
  })
  return (await Promise.all(texts)).filter(tells)
}

async function list(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [])
}
