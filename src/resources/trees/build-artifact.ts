/** Builds an artifact on this machine, once, into an archive that is kept with its sources. */

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FoobarDeployError } from '../../errors.ts'
import type { LocalFile } from '../../plan/action.ts'
import { redact } from '../../shell/secret.ts'
import { idOf, type LocalArtifact, sourcesOf } from './local-artifact.ts'
import { type LocalTree, localTree } from './local-tree.ts'
import { type TarEntry, tarOf } from './tar.ts'

const underWay = new Map<string, Promise<LocalFile>>()

/** The archive of an artifact: the one kept from an earlier build, or a new one. However many ask, one builds. */
export function builtArtifact(artifact: LocalArtifact): Promise<LocalFile> {
  const file = join(artifact.folder, '.foobar-deploy', 'artifacts', `${artifact.id}.tar.gz`)
  const building = underWay.get(file) ?? made(artifact, file).finally(() => underWay.delete(file))
  underWay.set(file, building)
  return building
}

async function made(artifact: LocalArtifact, file: string): Promise<LocalFile> {
  const kept = statSync(file, { throwIfNoEntry: false })
  if (kept) return { file, size: kept.size }
  const folder = await mkdtemp(join(tmpdir(), 'foobar-deploy-build-'))
  try {
    const sources = sourcesOf(artifact)
    if (idOf(artifact, sources) !== artifact.id) throw failure(artifact, 'the sources changed during the run')
    copy(sources, folder)
    await build(artifact, folder)
    const output = join(folder, artifact.output)
    if (!statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
      throw failure(artifact, `it ended well and made no folder ${artifact.output}`)
    }
    const archive = gzipSync(tarOf(entriesOf(localTree(output, () => false, undefined))), { level: 9 })
    const staged = `${file}.${randomUUID()}`
    await mkdir(dirname(file), { recursive: true })
    await writeFile(staged, archive)
    await rename(staged, file)
    return { file, size: archive.length }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function copy({ folders, files, links }: LocalTree, target: string): void {
  for (const path of folders) mkdirSync(join(target, path))
  for (const { path, local, isExecutable } of files) {
    copyFileSync(local, join(target, path))
    chmodSync(join(target, path), isExecutable ? 0o755 : 0o644)
  }
  for (const link of links) symlinkSync(link.target, join(target, link.path))
}

const longestOutput = 64 * 1024
const shownLines = 20

function build(artifact: LocalArtifact, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const child = spawn('sh', ['-c', artifact.build], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-longestOutput)
      })
    }
    child.on('error', (cause) => reject(failure(artifact, cause.message)))
    child.on('close', (status, signal) => {
      if (status === 0) return resolve()
      const lines = redact(said).trim().split('\n').slice(-shownLines)
      reject(failure(artifact, [`exit ${status ?? signal}`, ...lines].join('\n')))
    })
  })
}

// Everything that could differ between two builds of the same bytes is left out: times, owners, the umask.
function entriesOf({ files, links }: LocalTree): TarEntry[] {
  const owner = { uid: 0, gid: 0 }
  return [
    ...files.map(({ path, local, isExecutable }) => {
      return { ...owner, path, mode: isExecutable ? '755' : '644', content: readFileSync(local) }
    }),
    ...links.map(({ path, target }) => ({ ...owner, path, mode: '777', content: { target } })),
  ]
}

function failure({ folder, build }: LocalArtifact, detail: string): FoobarDeployError {
  return new FoobarDeployError('task', 'build-failed', 'An artifact could not be built on this machine', {
    detail: `${folder}: ${build}: ${detail}`,
    hint: 'It is built in a copy of its sources in a folder of its own; try the command in a fresh clone.',
  })
}
