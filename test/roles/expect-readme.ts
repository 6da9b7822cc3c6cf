/** The README of a role tells all of its variables as they are. UPDATE_README=1 writes the tables anew. */

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { z } from 'foobar-deploy'
import { expect, it } from 'vitest'
import { variableTables } from '../../scripts/role-variables.ts'

const begin = '<!-- variables: UPDATE_README=1 rewrites them -->\n'
const end = '\n<!-- end of variables -->'

/** Expects the tables of `schema` between their marks in `roles/NAME/README.md`. */
export function expectReadme(name: string, schema: z.ZodType): void {
  it('the README tells all variables', () => {
    const role = fileURLToPath(new URL(`../../roles/${name}`, import.meta.url))
    const path = join(role, 'README.md')
    const sources = globSync('*.ts', { cwd: role })
      .sort()
      .map((file) => readFileSync(join(role, file), 'utf8'))
    const text = readFileSync(path, 'utf8')
    const [before = '', rest = ''] = text.split(begin)
    const [told = '', after = ''] = rest.split(end)
    const tables = `\n${variableTables(schema, sources)}\n`
    if (env.UPDATE_README === '1') writeFileSync(path, `${before}${begin}${tables}${end}${after}`)
    else expect(unaligned(told)).toBe(unaligned(tables))
  })
}

// The formatter aligns the columns.
function unaligned(markdown: string): string {
  return markdown.replaceAll(/-{3,}/g, '---').replaceAll(/ {2,}/g, ' ')
}
