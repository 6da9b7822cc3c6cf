/** Images are found again by what they are made of, and their scripts are sh. */

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { baseImageName, basePackages, baseScript, layerName, layerScript } from '../../src/lab/image-recipe.ts'

const mirror = 'http://mirror.example.org/debian'

describe('image names', () => {
  it('name the suite and differ by mirror', () => {
    expect(baseImageName('sid', mirror)).toMatch(/^sid-[0-9a-f]{12}$/)
    expect(baseImageName('sid', mirror)).toBe(baseImageName('sid', mirror))
    expect(baseImageName('sid', mirror)).not.toBe(baseImageName('sid', `${mirror}2`))
  })

  it('differ by the set of packages, not by its order', () => {
    expect(layerName('sid-1', [])).toBeUndefined()
    expect(layerName('sid-1', ['nginx', 'haproxy', 'nginx'])).toBe(layerName('sid-1', ['haproxy', 'nginx']))
    expect(layerName('sid-1', ['nginx'])).not.toBe(layerName('sid-1', ['haproxy']))
    expect(layerName('sid-1', ['nginx'])).not.toBe(layerName('sid-2', ['nginx']))
    expect(layerName('sid-1', ['nginx'])).toMatch(/^sid-1-[0-9a-f]{12}$/)
  })
})

describe('scripts', () => {
  it.each([
    ['base', baseScript],
    ['layer', layerScript],
  ])('%s is sh', (_, script) => {
    execFileSync('sh', ['-n'], { input: script })
  })

  it('bring no Python', () => {
    expect(basePackages.filter((name) => name.includes('python'))).toEqual([])
  })
})
