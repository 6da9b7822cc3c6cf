/** Variables in force: defaults of the schema < inventory < group < host < `--var`. */

import { describe, expect, it } from 'vitest'
import { defineInventory, definePlaybook, z } from '../../src/index.ts'
import type { Inventory } from '../../src/model/inventory.ts'
import { effectiveVars } from '../../src/model/vars.ts'

const site = definePlaybook({
  name: 'site',
  groups: ['web', 'edge', 'eu'],
  variables: z.strictObject({
    title: z.string().default('default'),
    port: z.int().default(80),
    text: z.string().default(''),
    flag: z.boolean().default(false),
    tls: z
      .strictObject({
        on: z.boolean().default(false),
        names: z.array(z.string()).default([]),
        days: z.int().default(1),
      })
      .prefault({}),
  }),
  hostVariables: z.strictObject({ weight: z.int().default(1) }),
  plays: () => [],
})

type Layers = Partial<Record<'vars' | 'eu' | 'web' | 'edge' | 'host', Record<string, unknown>>>

/** eu holds web, and web holds edge with web1 in it: edge is the innermost. */
function inventory({ vars = {}, eu = {}, web = {}, edge = {}, host = {} }: Layers): Inventory {
  return defineInventory({
    playbook: site,
    vars: vars as never,
    // The order of declaration is not that of precedence.
    groups: { edge: ['web1'], eu: ['web'], web: ['edge'] },
    groupVars: { edge, eu, web } as never,
    hosts: { web1: { address: '192.0.2.1', vars: host as never }, web2: { address: '192.0.2.2' } },
  })
}
const effective = (layers: Layers, ...overrides: [path: string, text: string][]) =>
  effectiveVars(
    inventory(layers),
    'web1',
    overrides.map(([path, text]) => ({ path, text })),
  )

const order = ['vars', 'eu', 'web', 'edge', 'host'] as const
const origins = { vars: 'inventory', eu: 'group eu', web: 'group web', edge: 'group edge', host: 'host web1' }

describe('the precedence of variables', () => {
  it('begins with the defaults of the schema', () => {
    const { vars, hostVars, origins: found, problems } = effective({})
    expect(vars).toMatchObject({ title: 'default', port: 80, tls: { on: false, names: [], days: 1 } })
    expect(hostVars).toEqual({ weight: 1 })
    expect(found.size).toBe(0)
    expect(problems).toEqual([])
  })

  // Every pair of layers: the later one wins.
  const pairs = order.flatMap((lower, index) => order.slice(index + 1).map((upper) => [lower, upper] as const))
  it.each(pairs)('%s is overridden by %s', (lower, upper) => {
    const layers = { [lower]: { title: lower, weight: 2 }, [upper]: { title: upper, weight: 3 } }
    const { vars, hostVars, origins: found } = effective(layers)
    expect(vars.title).toBe(upper)
    expect(hostVars.weight).toBe(3)
    expect(found.get('title')).toBe(origins[upper])
  })

  it.each(order)('%s is overridden by --var', (layer) => {
    const {
      vars,
      hostVars,
      origins: found,
    } = effective({ [layer]: { title: layer, weight: 2 } }, ['title', 'given'], ['weight', '7'])
    expect(vars.title).toBe('given')
    expect(hostVars.weight).toBe(7)
    expect(found.get('title')).toBe('--var')
  })

  it('holds member by member for objects, and as a whole for lists', () => {
    const { vars, origins: found } = effective(
      {
        vars: { tls: { on: true, names: ['a', 'b'], days: 2 } },
        web: { tls: { names: ['c'] } },
        host: { tls: { days: 3 } },
      },
      ['tls.days', '4'],
    )
    expect(vars.tls).toEqual({ on: true, names: ['c'], days: 4 })
    expect(Object.fromEntries(found)).toEqual({ 'tls.on': 'inventory', 'tls.names': 'group web', 'tls.days': '--var' })
  })

  it('takes nothing from groups that a host is not in', () => {
    const { vars } = effectiveVars(inventory({ web: { title: 'web' }, edge: { title: 'edge' } }), 'web2', [])
    expect(vars.title).toBe('default')
  })
})

describe('a value of --var', () => {
  const cases: readonly (readonly [path: string, text: string, value: unknown])[] = [
    ['text', '8080', '8080'],
    ['text', 'true', 'true'],
    ['text', '"quoted"', '"quoted"'],
    ['text', 'null', 'null'],
    ['text', '[1]', '[1]'],
    ['port', '8080', 8080],
    ['flag', 'true', true],
  ]
  it.each(cases)('%s=%s is text where the schema takes text, else JSON', (path, text, value) => {
    const { vars, problems } = effective({}, [path, text])
    expect(vars[path]).toBe(value)
    expect(problems).toEqual([])
  })

  it('that fits neither way is a problem of the command line', () => {
    const { problems } = effective({ host: { port: 81 } }, ['port', 'many'])
    expect(problems).toEqual([
      expect.objectContaining({ path: 'port', message: expect.stringMatching(/\(from --var\)$/) }),
    ])
    expect(problems[0]).not.toHaveProperty('at')
  })

  it('that a layer has wrong names the layer', () => {
    const { problems } = effective({ web: { port: 'many' } })
    expect(problems[0]?.message).toMatch(/\(from group web\)$/)
  })
})
