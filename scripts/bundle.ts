/**
 * Bundles the program with the libraries it uses: a warm run takes less than half a second, and loading some 400 small modules
 * would take most of it.
 */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

/** Writes `index.js`, `mysql.js`, `cli/main.js`, what they share, and the licences of the libraries into `folder`. */
export async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    input: { index: 'src/index.ts', mysql: 'src/mysql.ts', 'cli/main': 'src/cli/main.ts' },
    platform: 'node',
    // Names of modules stand in the bundle, and must not be paths of this machine.
    resolve: { symlinks: false },
    // Native parts of ssh2 are optional, and tried for at run time.
    external: [/\.node$/, 'cpu-features', /^foobar-deploy/],
    plugins: [plainWidth],
    onLog: (level, log, handle) => {
      if (level === 'warn') throw new Error(log.message)
      handle(level, log)
    },
  })
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    // At the depth of the source's folders, so that addresses relative to a module lead to the same place.
    chunkFileNames: 'chunks/[name]-[hash].js',
    banner: ({ moduleIds }) =>
      moduleIds.some((id) => id.includes('/ssh2/'))
        ? 'const __dirname = import.meta.dirname, __filename = import.meta.filename;'
        : '',
  })
  await build.close()
  const entry = output.find(({ fileName }) => fileName === 'index.js')
  if (entry?.type === 'chunk' && entry.code.includes('import.meta.url'))
    throw new Error('index.js lies higher than its source')
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  writeFileSync(join(folder, 'LICENSES.txt'), licences(modules))
}

// What measures the columns of a help text builds tables of all emoji for it, which takes as long as a tenth of a warm
// run. The help is plain ASCII.
const plainWidth: Plugin = {
  name: 'plain-width',
  resolveId: (source, importer) =>
    source === 'string-width' && importer && /node_modules\/(yargs|cliui)\//.test(importer) ? '\0plain-width' : null,
  load: (id) => (id === '\0plain-width' ? 'export default (text) => text.length' : null),
}

function licences(modules: readonly string[]): string {
  const folders = new Set(modules.filter((id) => id.includes('/node_modules/')).map((id) => packageFolder(dirname(id))))
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const [file] = globSync(join(folder, '{LICENSE,LICENCE,license,License}*'))
    if (!license && !file) throw new Error(`${name} has no licence`)
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`
  })
  return `The program contains these libraries.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function packageFolder(folder: string): string {
  const file = join(folder, 'package.json')
  const isPackage = existsSync(file) && 'version' in JSON.parse(readFileSync(file, 'utf8'))
  return isPackage ? folder : packageFolder(dirname(folder))
}
