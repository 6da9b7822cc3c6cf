/** The README of the nginx role tells all variables as they are. UPDATE_README=1 writes the tables anew. */

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { nginxVariables } from '../../../roles/nginx/variables.ts'
import { variableTables } from '../../../scripts/role-variables.ts'

const role = fileURLToPath(new URL('../../../roles/nginx', import.meta.url))
const [begin, end] = ['<!-- variables: written by test/roles/nginx/readme.test.ts -->\n', '\n<!-- end of variables -->']

it('the README tells all variables', () => {
  const path = join(role, 'README.md')
  const sources = globSync('*.ts', { cwd: role })
    .sort()
    .map((name) => readFileSync(join(role, name), 'utf8'))
  const text = readFileSync(path, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const [told = '', after = ''] = rest.split(end)
  const tables = `\n${variableTables(nginxVariables, sources)}\n`
  if (env.UPDATE_README === '1') writeFileSync(path, `${before}${begin}${tables}${end}${after}`)
  else expect(unaligned(told)).toBe(unaligned(tables))
})

// The formatter aligns the columns.
function unaligned(markdown: string): string {
  return markdown.replaceAll(/-{3,}/g, '---').replaceAll(/ {2,}/g, ' ')
}
