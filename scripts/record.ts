/** `node scripts/record.ts`: makes the pictures in docs/pictures/ from real runs in a lab of its own. Needs root, tmux, chromium. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { framed, picture, recording, shortened } from './terminal-picture.ts'
import { openTerminal } from './terminal-session.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'bin', 'foobar-deploy.js')
const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-record-'))

// The stack of the checkout, with a lab, secrets and a key of its own.
for (const name of ['playbooks', 'roles', 'app', 'node_modules', 'package.json']) {
  symlinkSync(join(root, name), join(folder, name))
}
for (const name of ['inventory', 'bin']) mkdirSync(join(folder, name))
const declared = readFileSync(join(root, 'inventory', 'lab.ts'), 'utf8')
writeFileSync(join(folder, 'inventory', 'lab.ts'), declared.replace(/lab: \{ name: '[^']+'/, "lab: { name: 'pictures'"))
symlinkSync(program, join(folder, 'bin', 'foobar-deploy'))
const own = {
  XDG_CONFIG_HOME: join(folder, 'config'),
  XDG_STATE_HOME: join(folder, 'state'),
  FOOBAR_DEPLOY_IDENTITY: '',
}

const run = (...words: readonly string[]) =>
  execFileSync(execPath, [program, ...words], {
    cwd: folder,
    env: { ...env, ...own },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
const save = (name: string, svg: string) => {
  writeFileSync(join(root, 'docs', 'pictures', name), svg)
  console.log(`docs/pictures/${name}: ${Math.ceil(svg.length / 1000)} kB`)
}

// Through the virtual address, by the name of the site. The browser does not know the authority of the lab.
function page(): Buffer {
  const file = join(folder, 'page.png')
  const quiet = ['gpu', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`)
  const site = ['--host-resolver-rules=MAP www.foobar.com 198.51.100.10', '--ignore-certificate-errors']
  const shot = ['--headless', '--no-sandbox', '--window-size=900,620', '--hide-scrollbars', `--screenshot=${file}`]
  run('lab', 'exec', '--', 'chromium', ...quiet, ...site, ...shot, 'https://www.foobar.com/')
  return readFileSync(file)
}

const path = [join(folder, 'bin'), dirname(execPath), env.PATH].join(delimiter)
const open = (rows: number) => openTerminal(folder, { columns: 112, rows }, { ...own, PATH: path })
let terminal = open(36)
try {
  run('lab', 'up')
  const apply = await terminal.watch('foobar-deploy apply inventory/lab.ts')
  save('apply.svg', recording(shortened(apply, 9, 12_000), 'A first run: two bare hosts become the stack; shortened'))
  const again = await terminal.watch('foobar-deploy apply inventory/lab.ts')
  save('again.svg', picture(again.at(-1)?.lines ?? [], 'A second run: nothing is left to change'))
  terminal.close()
  terminal = open(64)
  const note = ['--json', '{"text":"The first note"}', '--resolve', 'www.foobar.com:443:198.51.100.10']
  run('lab', 'exec', '--', 'curl', '-sk', '-o', '/dev/null', ...note, 'https://www.foobar.com/api/notes')
  save('app.svg', framed(page(), 'The page of the example application: a note, and which server answered'))
  let status: readonly string[] = []
  // Each Prometheus asks its ten targets every 15 seconds.
  for (let round = 0; round < 20 && status.filter((line) => line.includes('10 targets are up')).length < 2; round++) {
    status = (await terminal.watch('foobar-deploy status inventory/lab.ts')).at(-1)?.lines ?? []
  }
  save('status.svg', picture(status, 'How the stack is doing: addresses, backends, databases, alerts'))
  // What somebody does by hand, and what somebody wants changed.
  run('lab', 'ssh', 'web2', '--', "sudo sed -i 's/gzip on;/gzip off;/' /etc/nginx/nginx.conf")
  const plan = await terminal.watch('foobar-deploy plan inventory/lab.ts --limit web2 --diff --var virtualRouterId=52')
  save('plan.svg', picture(plan.at(-1)?.lines ?? [], 'A plan with the differences of two files'))
} finally {
  terminal.close()
  run('lab', 'down')
  rmSync(folder, { recursive: true })
}
