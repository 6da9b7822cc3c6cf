/** Builds the package into dist/: the program in few files, its declarations, and the roles with their templates. */

import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chdir, execPath, exit } from 'node:process'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'

chdir(fileURLToPath(new URL('..', import.meta.url)))

const clean = () => rmSync('dist', { recursive: true, force: true })

// What an earlier build left must not end up in a package.
clean()
const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(execPath, [tsc, '--project', 'tsconfig.build.json'], { stdio: 'inherit' })
if (status !== 0) {
  clean()
  exit(1)
}
// Of the source the declarations stay; its modules come in few files instead. Roles stay as they are: users read them.
for (const path of globSync('dist/src/**/*.js')) rmSync(path)
await bundle('dist/src')
for (const path of globSync('roles/**/*')) {
  if (!path.endsWith('.ts') && statSync(path).isFile()) cpSync(path, join('dist', path))
}
chmodSync('bin/foobar-deploy.js', 0o755)
