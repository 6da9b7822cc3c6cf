/** Rendering of templates: what they print, what they refuse, and where they say it is. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FoobarDeployError, Secret } from 'foobar-deploy'
import { afterAll, describe, expect, it } from 'vitest'
import { render, renderFile } from '../../src/template/render.ts'

const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function write(text: string, name = `${count++}.ejs`): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

function failure(
  text: string,
  variables = {},
): { line: number | undefined; detail: string | undefined; hint?: string } {
  const path = write(text)
  try {
    renderFile(path, variables)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FoobarDeployError)
    const { family, code, at, detail, hint } = thrown as FoobarDeployError
    expect({ family, code, file: at?.file }).toEqual({ family: 'definition', code: 'template-failed', file: path })
    return { line: at?.line, detail, ...(hint === undefined ? {} : { hint }) }
  }
  throw new Error('it was rendered')
}

describe('renderFile', () => {
  it('prints variables by their names, as they are', () => {
    const text = '<%= domain %> "<&>" <%- domain %> <%= port %> <%= tls %> <%%= %> \\n\n'
    const rendered = renderFile(write(text), { domain: `a<b>&"c'`, port: 80, tls: false })
    expect(rendered).toBe(`a<b>&"c' "<&>" a<b>&"c' 80 false <%= %> \\n\n`)
  })

  it('drops the line end after -%>, and knows conditions and loops', () => {
    const text =
      '<% for (const name of names) { -%>\nserver <%= name %>;\n<% } -%>\n<% if (locals.tls) { -%>\ntls\n<% } -%>\nend\n'
    expect(renderFile(write(text), { names: ['a', 'b'] })).toBe('server a;\nserver b;\nend\n')
  })

  it('includes templates relative to the one that includes, with more variables', () => {
    write('[<%= name %> of <%= domain %>]<%- include("../deep/leaf.ejs") %>', 'parts/part.ejs')
    write('<%= domain %>!', 'deep/leaf.ejs')
    const path = write('<%- include("parts/part.ejs", { name: "x" }) %>\n')
    expect(renderFile(path, { domain: 'foobar.com' })).toBe('[x of foobar.com]foobar.com!\n')
  })

  it('tells an unknown name, where it stands, and what there is', () => {
    expect(failure('a\nb\n  <%= domian %>\n', { domain: 'x', port: 1 })).toEqual({
      line: 3,
      detail: 'the name domian is unknown; did you mean domain? (the template gets: domain, port)',
    })
    expect(failure('\n<% if (tls) { %>x<% } %>')).toMatchObject({
      line: 2,
      detail: 'the name tls is unknown (the template gets no variables)',
    })
  })

  it('refuses to print what is no text', () => {
    const vars = { site: { name: 'x' }, list: ['a'], none: null, call: () => 1 }
    expect(failure('a\n<%= site.nmae %>', vars)).toMatchObject({ line: 2, detail: 'undefined cannot be printed' })
    expect(failure('<%- site.nmae %>', vars)).toMatchObject({ line: 1, detail: 'undefined cannot be printed' })
    expect(failure('<%= none %>', vars).detail).toBe('null cannot be printed')
    expect(failure('<%= site %>', vars).detail).toBe('an object with name cannot be printed')
    expect(failure('<%= list %>', vars).detail).toContain('a list')
    expect(failure('<%= call %>', vars).detail).toBe('a function cannot be printed')
    expect(failure('<%= 1 / 0 %>', vars).detail).toBe('Infinity cannot be printed')
  })

  it('tells the line of an error in the code of a template', () => {
    expect(failure('a\n<% const x = undefined %>\n\n<%= x.y %>')).toMatchObject({ line: 4 })
    expect(failure('a\nb\n<%= 1 + %>\nc\n')).toMatchObject({ line: 3 })
    expect(failure('a\n<%\n  let x = 1\n  let = = 2\n%>\nc\n')).toMatchObject({ line: 4 })
    expect(failure('a\n<% if (true) { %>\nb\n<%= 1\nc <% } %>')).toMatchObject({ line: 4 })
    expect(failure('a\n<%= 1\n')).toMatchObject({ line: 2 })
    expect(failure('a\n<% if (true) { %>\nb\n')).toMatchObject({ detail: expect.stringContaining('Unexpected') })
  })

  it('blames the included template for its own errors', () => {
    const part = write('x\n<%= unknown %>', 'broken.ejs')
    const path = write('a\n\n<%- include("broken.ejs") %>')
    const error = (() => {
      try {
        renderFile(path, {})
      } catch (thrown) {
        return thrown as FoobarDeployError
      }
      throw new Error('it was rendered')
    })()
    expect(error.at).toEqual({ file: part, line: 2 })
    expect(error.message).toBe(
      'A template cannot be rendered: the name unknown is unknown (the template gets no variables)',
    )
    expect(failure('a\n<%- include("none.ejs") %>\n')).toMatchObject({
      line: 2,
      detail: expect.stringContaining('no template'),
    })
  })

  it('refuses names that cannot be names', () => {
    expect(failure('x', { 'server-name': 1 }).detail).toContain('"server-name"')
    expect(failure('x', { class: 1 }).detail).toContain('"class"')
    expect(failure('x', { include: 1 }).detail).toContain('"include"')
  })

  it('does not see what is global by accident of inheritance', () => {
    expect(failure('<%= constructor %>').detail).toBeDefined()
    expect(failure('<%= name %>').detail).toContain('the name name is unknown')
  })

  it('makes a secret of a text into which a secret was printed, also by an included template', () => {
    write('password=<%= password %>\n', 'password.ejs')
    const variables = { password: new Secret('app', 'correct horse'), host: 'db' }
    const rendered = renderFile(write('host=<%= host %>\n<%- include("password.ejs") %>'), variables)
    expect(rendered).toBeInstanceOf(Secret)
    expect(String((rendered as Secret<Uint8Array>).reveal())).toBe('host=db\npassword=correct horse\n')
    expect(renderFile(write('host=<%= host %>'), variables)).toBe('host=db')
    expect(failure('<%= "password=" + password %>', variables).detail).toContain('print it with a tag of its own')
  })

  it('renders 100 templates in no time, and one for 100 hosts in less', () => {
    const paths = Array.from({ length: 100 }, (_, index) =>
      write(`${'server <%= name %> port <%= port %>;\n'.repeat(50)}<%= ${index} %>`),
    )
    const start = performance.now()
    for (const path of paths) renderFile(path, { name: 'a', port: 1 })
    const cold = performance.now() - start
    for (const port of paths.keys()) renderFile(paths[0] ?? '', { name: 'a', port })
    const warm = performance.now() - start - cold
    // Measured: 40 ms and 3 ms. The bounds are wide because the machine is shared.
    expect(cold).toBeLessThan(1000)
    expect(warm).toBeLessThan(200)
  })
})

describe('render', () => {
  it('finds the template beside the file that calls', () => {
    expect(render('./hello.ejs', { name: 'world' })).toBe('Hello, world!\n')
  })
})
