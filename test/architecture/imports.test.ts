/** Guards what may import what: the folders' order, the packages' homes, no cycles. */

import { describe, expect, it } from 'vitest'
import { cyclesOf } from './cycles.ts'
import { allowedImports, effects, familyImports, packageHomes, pureParts } from './import-rules.ts'
import { importsOf, type Module, modulesIn, readProjectFile } from './modules.ts'

const source = modulesIn('src/**/*.ts')
const written = modulesIn('roles/**/*.ts', 'playbooks/**/*.ts', 'inventory/**/*.ts')
const partOf = (path: string) => path.split('/')[1] ?? ''
const isOutside = (target: string) => !target.includes('.ts')

/** `from -> to` for each import that `isWrong`. */
function offences(modules: readonly Module[], isWrong: (from: string, to: string, isTypeOnly: boolean) => boolean) {
  return modules.flatMap(({ path, imports }) =>
    imports
      .filter(({ target, isTypeOnly }) => isWrong(path, target, isTypeOnly))
      .map(({ target }) => `${path} -> ${target}`),
  )
}

describe('the reader of imports', () => {
  it('sees every form and none in comments', () => {
    const text = [
      "import 'node:fs'",
      "import { a } from './a.ts'",
      "import type { B } from '../b.ts'",
      "import {\n  c,\n} from 'c/deep'",
      "export * from '@scope/d/deep'",
      "export type { E } from './e.ts'",
      ' * import { f } from "f"',
      "const g = await import('./g.ts')",
      "// await import('./h.ts')",
      "export const text = 'from'",
    ].join('\n')
    expect(importsOf('src/x/y.ts', text)).toEqual([
      { target: 'node:fs', isTypeOnly: false },
      { target: 'src/x/a.ts', isTypeOnly: false },
      { target: 'src/b.ts', isTypeOnly: true },
      { target: 'c', isTypeOnly: false },
      { target: '@scope/d', isTypeOnly: false },
      { target: 'src/x/e.ts', isTypeOnly: true },
      { target: 'src/x/g.ts', isTypeOnly: false },
    ])
  })

  it('finds cycles', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
      ['d', ['d']],
    ])
    expect(cyclesOf(graph)).toEqual([['b', 'c'], ['d']])
  })
})

describe('imports', () => {
  it('go between the folders of src/ as the table allows', () => {
    const wrong = offences(source, (path, target) => {
      if (isOutside(target) || partOf(path) === partOf(target)) return false
      return !(allowedImports[partOf(path)] ?? []).some((part) => `${target}/`.startsWith(`src/${part}/`))
    })
    expect(wrong).toEqual([])
  })

  it('name every folder of src/ in the table', () => {
    expect([...new Set(source.map(({ path }) => partOf(path)))].filter((part) => !(part in allowedImports))).toEqual([])
  })

  it('go between the families of resources as the table allows, without a way back', () => {
    const familyOf = (path: string) =>
      path.startsWith('src/resources/') && path.split('/')[3] ? path.split('/')[2] : undefined
    const wrong = offences(source, (path, target) => {
      const [from, to] = [familyOf(path), familyOf(target)]
      if (from === undefined || to === undefined || from === to) return false
      return !(familyImports[from] ?? []).includes(to)
    })
    expect(wrong).toEqual([])
    expect(cyclesOf(new Map(Object.entries(familyImports)))).toEqual([])
    const families = new Set(source.map(({ path }) => familyOf(path)).filter((family) => family !== undefined))
    expect([...families].sort()).toEqual(Object.keys(familyImports).sort())
  })

  it('of a query are of the contract and of its own kind alone', () => {
    const queries = source.filter(({ path }) => path.endsWith('.query.ts'))
    expect(queries.length).toBeGreaterThan(20)
    const wrong = offences(queries, (_path, target) => {
      if (isOutside(target)) return effects.some((effect) => `${target}/`.startsWith(`${effect}/`))
      return !/^src\/(errors\.ts|shell\/|plan\/|resources\/)/.test(target)
    })
    expect(wrong).toEqual([])
  })

  it('of a package happen where the package belongs, and of those that the bundle holds or users install', () => {
    const wrong = offences(source, (path, target) => {
      if (!isOutside(target) || target.startsWith('node:')) return false
      return !(packageHomes[target] ?? []).includes(partOf(path))
    })
    expect(wrong).toEqual([])
    const { dependencies, devDependencies } = JSON.parse(readProjectFile('package.json')) as Record<string, object>
    // Users' compilers read these in our declarations; all else is in the bundle.
    expect(Object.keys(dependencies ?? {})).toEqual(['@types/node', 'zod'])
    const known = Object.keys({ ...dependencies, ...devDependencies })
    expect(Object.keys(packageHomes).filter((name) => !known.includes(name))).toEqual([])
  })

  it('of zod are of types alone in src/plan/', () => {
    expect(
      offences(modulesIn('src/plan/**/*.ts'), (_path, target, isTypeOnly) => target === 'zod' && !isTypeOnly),
    ).toEqual([])
  })

  it('bring no effects into the parts that only compute', () => {
    const wrong = offences(
      source,
      (path, target) =>
        pureParts.includes(partOf(path)) && effects.some((effect) => `${target}/`.startsWith(`${effect}/`)),
    )
    expect(wrong).toEqual([])
  })

  it('of roles, playbooks and inventories are of the public API and of each other', () => {
    const wrong = offences(written, (_path, target) =>
      isOutside(target)
        ? target !== 'foobar-deploy' && target !== 'foobar-deploy/mysql' && !target.startsWith('node:')
        : !/^(roles|playbooks|inventory)\//.test(target),
    )
    expect(wrong).toEqual([])
  })

  it('form no cycle, not even of types', () => {
    const graph = new Map(
      [...source, ...written].map(({ path, imports }) => [path, imports.map(({ target }) => target)]),
    )
    expect(cyclesOf(graph)).toEqual([])
  })
})
