/** Learns from this machine's own apt sources which Debian mirror to take packages from. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { FoobarDeployError } from '../errors.ts'

const debianSuites = /^(stable|testing|unstable|sid|bullseye|bookworm|trixie|forky)$/

/** The first Debian mirror in the text of a deb822 `.sources` file. */
export function mirrorInDeb822(text: string): string | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t]+.*)*)`, 'im').exec(stanza)?.[1]?.split(/\s+/).filter(Boolean) ?? []
    if (field('Enabled')[0] === 'no' || !field('Types').includes('deb')) continue
    const mirror = field('URIs').find(isHttp)
    if (mirror && field('Suites').some(isDebianSuite) && field('Components').includes('main')) return mirror
  }
  return undefined
}

/** The first Debian mirror in the text of a one-line-per-source `.list` file. */
export function mirrorInList(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, mirror = '', suite = '', components = ''] =
      /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line.trim()) ?? []
    if (isHttp(mirror) && isDebianSuite(suite) && components.split(/\s+/).includes('main')) return mirror
  }
  return undefined
}

/**
 * The mirror as the lab's hosts name it: the packages' proxy fetches https by itself when it is asked in its own
 * spelling, so that it can keep what it fetched.
 */
export function mirrorThroughProxy(mirror: string): string {
  return mirror.replace(/\/+$/, '').replace(/^https:\/\//, 'http://HTTPS///')
}

/** The Debian mirror that this machine uses; `FOOBAR_DEPLOY_LAB_MIRROR` replaces it. */
export async function debianMirror(): Promise<string> {
  if (env.FOOBAR_DEPLOY_LAB_MIRROR) return env.FOOBAR_DEPLOY_LAB_MIRROR
  const directory = '/etc/apt/sources.list.d'
  const names = await readdir(directory).catch(() => [])
  const files = ['/etc/apt/sources.list', ...names.sort().map((name) => join(directory, name))]
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const mirror = file.endsWith('.sources') ? mirrorInDeb822(text) : mirrorInList(text)
    if (mirror !== undefined) return mirror
  }
  throw new FoobarDeployError('environment', 'lab-no-mirror', 'No Debian mirror is known', {
    detail: 'the apt sources of this machine name none',
    hint: 'Set FOOBAR_DEPLOY_LAB_MIRROR to the address of a Debian mirror.',
  })
}

function isHttp(uri: string): boolean {
  return /^https?:\/\//.test(uri)
}

function isDebianSuite(suite: string): boolean {
  return debianSuites.test(suite)
}
