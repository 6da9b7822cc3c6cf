/** Builds the images a lab's hosts start from, once: later labs find them in the cache. */

import { existsSync } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { createCgroup } from './cgroup.ts'
import { debianMirror, mirrorThroughProxy } from './debian-mirror.ts'
import { baseImageName, baseScript, layerName, layerScript } from './image-recipe.ts'
import { diskFull } from './lab-errors.ts'
import { type OnLabEvent, stopwatch } from './lab-event.ts'
import { labPaths, labRoots } from './lab-paths.ts'
import type { LabSpec } from './lab-spec.ts'
import type { Lock } from './lock.ts'
import { logTail, runIn } from './process.ts'

const neededBytes = 3 * 1024 ** 3

/** The directories whose overlay is a pristine host's disk, topmost first. */
export type ImageStack = readonly string[]

/** Gives the images of the lab, building what the cache lacks. The lab's network and proxy must be up. */
export async function buildImages(spec: LabSpec, lock: Lock, onEvent: OnLabEvent): Promise<ImageStack> {
  const mirror = mirrorThroughProxy(await debianMirror())
  const base = baseImageName(spec.suite, mirror)
  const layer = layerName(base, spec.packages)
  const network = `--net=${labPaths(spec.name).networkFile}`
  const baseDirectory = join(imagesDirectory(), base)
  await buildImage(spec.name, lock, onEvent, base, (final, partial) => [
    ...['nsenter', network],
    ...['sh', '-euc', baseScript, 'sh', final, partial, spec.suite, mirror],
  ])
  if (layer === undefined) return [baseDirectory]
  await buildImage(spec.name, lock, onEvent, layer, (final, partial) => [
    ...['nsenter', network, 'unshare', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child'],
    ...['sh', '-euc', layerScript, 'sh', final, partial, baseDirectory, ...new Set(spec.packages)],
  ])
  return [join(imagesDirectory(), layer), baseDirectory]
}

/** Throws unless there is room for another image. */
export function checkFreeSpace(freeBytes: number, directory: string): void {
  if (freeBytes >= neededBytes) return
  const needed = `an image needs ${neededBytes / 1024 ** 2}`
  throw diskFull(`${Math.floor(freeBytes / 1024 ** 2)} MiB are free in ${directory}, ${needed}`)
}

/** The error for a build that failed, from the last lines it wrote. */
export function imageFailure(image: string, log: string, tail: string): FoobarDeployError {
  if (/no space left on device/i.test(tail)) return diskFull(tail)
  const unknown = /Unable to locate package (\S+)/.exec(tail)?.[1]
  return new FoobarDeployError('environment', 'lab-image-failed', 'The image for the lab could not be built', {
    detail: `${image}: ${tail}`,
    hint: unknown === undefined ? `All that was written is in ${log}.` : `Correct the package name ${unknown}.`,
  })
}

function imagesDirectory(): string {
  return join(labRoots().cache, 'lab')
}

async function buildImage(
  lab: string,
  lock: Lock,
  onEvent: OnLabEvent,
  image: string,
  command: (final: string, partial: string) => readonly string[],
): Promise<void> {
  const directory = imagesDirectory()
  const final = join(directory, image)
  if (existsSync(final)) {
    onEvent({ type: 'image', image, state: 'cached' })
    return
  }
  await mkdir(join(directory, '.locks'), { recursive: true, mode: 0o755 })
  const { bavail, bsize } = await statfs(directory)
  checkFreeSpace(bavail * bsize, directory)
  onEvent({ type: 'image', image, state: 'building' })
  const elapsedMs = stopwatch()
  const log = labPaths(lab).log(`image-${image}`)
  const cgroup = await createCgroup(labPaths(lab).cgroup, 'build')
  // The build itself holds the image's lock, so that the lock is free exactly when nothing builds any more.
  const lockFile = join(directory, '.locks', image)
  const argv = ['flock', '--exclusive', lockFile, ...command(final, join(directory, `.partial-${image}`))]
  const code = await runIn({ cgroup, log, lock }, ...argv)
  if (code !== 0 || !existsSync(final)) throw imageFailure(image, log, logTail(log))
  onEvent({ type: 'image', image, state: 'built', durationMs: elapsedMs() })
}
