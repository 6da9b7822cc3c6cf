/** `node scripts/record.ts`: makes the pictures in docs/pictures/ from real runs against a lab of its own. Needs root, tmux. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { picture, recording } from './terminal-picture.ts'
import { openTerminal } from './terminal-session.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'bin', 'foobar-deploy.js')
const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-record-'))

// The example of the checkout, in a lab that nobody else uses.
for (const name of ['inventory', 'playbooks']) cpSync(join(root, name), join(folder, name), { recursive: true })
const inventory = join(folder, 'inventory', 'lab.ts')
writeFileSync(inventory, readFileSync(inventory, 'utf8').replace(/lab: \{ name: '[^']+'/, "lab: { name: 'pictures'"))
mkdirSync(join(folder, 'bin'))
symlinkSync(program, join(folder, 'bin', 'foobar-deploy'))

const run = (...words: readonly string[]) =>
  execFileSync(execPath, [program, ...words], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
const save = (name: string, svg: string) => {
  writeFileSync(join(root, 'docs', 'pictures', name), svg)
  console.log(`docs/pictures/${name}: ${Math.ceil(svg.length / 1000)} kB`)
}

mkdirSync(join(root, 'docs', 'pictures'), { recursive: true })
const path = [join(folder, 'bin'), dirname(execPath), env.PATH].join(delimiter)
const terminal = openTerminal(folder, { columns: 112, rows: 44 }, { PATH: path })
try {
  run('lab', 'up')
  const apply = await terminal.watch('foobar-deploy apply inventory/lab.ts')
  save(
    'apply.svg',
    recording(apply, 'A first run: two hosts get nginx, its configuration and a page, at the same time'),
  )
  const again = await terminal.watch('foobar-deploy apply inventory/lab.ts')
  save('again.svg', picture(again.at(-1)?.lines ?? [], 'A second run: nothing is left to change'))
  // What somebody does by hand, and what somebody wants changed.
  run('lab', 'ssh', 'web2', '--', "sudo sed -i 's/gzip on;/gzip off;/' /etc/nginx/nginx.conf")
  const plan = await terminal.watch(
    "foobar-deploy plan inventory/lab.ts --limit web2 --diff --var title='The new foobar'",
  )
  save('plan.svg', picture(plan.at(-1)?.lines ?? [], 'A plan with the differences of two files'))
} finally {
  terminal.close()
  run('lab', 'down')
  rmSync(folder, { recursive: true })
}
