/** What the lab test of the app role needs around it: a database, releases that are quickly built, load. */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { localArtifact } from 'foobar-deploy'
import { onTestFinished } from 'vitest'
import { labPaths } from '../../../src/lab/index.ts'
import { builtArtifact } from '../../../src/resources/trees/build-artifact.ts'
import { runScript } from '../../resources/run-script.ts'

/** The sources of the example application. */
export const sources = new URL('../../../app/', import.meta.url)

/** POSIX sh that makes the database and its user, and puts the server’s CA where others may read it. */
export const makeDatabase = (password: string) => `set -e
i=0; until mysqladmin ping >/dev/null 2>&1; do i=$((i+1)); [ $i -lt 150 ]; sleep 0.2; done
mysql <<'SQL'
CREATE DATABASE IF NOT EXISTS app;
CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY '${password.replaceAll('\\', '\\\\')}' REQUIRE SSL;
GRANT ALL ON app.* TO app@'%';
SQL
install -m 0644 /var/lib/mysql/ca.pem /etc/database-ca.pem
`

/** The release that the role makes of folders by default. */
export function releaseOf(folder: string | URL, build = usualBuild) {
  return localArtifact({ folder, build, exclude: ['*.md'] })
}

const usualBuild = 'npm ci --ignore-scripts --no-audit --no-fund && npm run build'

/** A folder with the built application, changed by `edit`, that builds again without a network. */
export async function variantOf(edit: (main: string) => string): Promise<{ source: string; build: string }> {
  const { file } = await builtArtifact(releaseOf(sources))
  const source = mkdtempSync(join(tmpdir(), 'app-variant-'))
  onTestFinished(() => rmSync(source, { recursive: true }))
  const unpacked = join(source, 'built')
  mkdirSync(unpacked)
  const { status, stderr } = runScript(`tar -xzf '${file}' -C '${unpacked}'`)
  if (status !== 0) throw new Error(String(stderr))
  const main = join(unpacked, 'main.js')
  writeFileSync(main, edit(readFileSync(main, 'utf8')))
  return { source, build: 'cp -R built dist' }
}

/** How requests ended, by what they were and their status, and how long the slowest took. */
export interface LoadReport {
  readonly counts: Readonly<Record<string, number>>
  readonly slowestMs: number
}

/** Requests from the network of a lab, until the answer is called for. */
export function startLoad(lab: string, url: string, clients: number): () => Promise<LoadReport> {
  const script = fileURLToPath(new URL('load.ts', import.meta.url))
  const args = [`--net=${labPaths(lab).networkFile}`, '--', process.execPath, script, url, String(clients)]
  const child = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  return async () => {
    child.stdin.end()
    return JSON.parse(await text(child.stdout)) as LoadReport
  }
}
