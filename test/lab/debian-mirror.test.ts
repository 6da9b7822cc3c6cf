/** The mirror is learnt from either form of apt's sources, and other repositories are not taken for one. */

import { describe, expect, it } from 'vitest'
import { mirrorInDeb822, mirrorInList, mirrorThroughProxy } from '../../src/lab/debian-mirror.ts'

const other = `Types: deb
URIs: https://packages.example.com/node
Suites: nodistro
Components: main
`
const debian = `# a comment
Types: deb deb-src
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

describe('mirrorInDeb822', () => {
  it('passes over other repositories', () => {
    expect(mirrorInDeb822(`${other}\n${debian}`)).toBe('http://mirror.example.org/debian')
    expect(mirrorInDeb822(other)).toBeUndefined()
  })
  it('passes over security, disabled and source-only stanzas', () => {
    expect(mirrorInDeb822(debian.replace('bookworm bookworm-updates', 'bookworm-security'))).toBeUndefined()
    expect(mirrorInDeb822(`Enabled: no\n${debian}`)).toBeUndefined()
    expect(mirrorInDeb822(debian.replace('deb deb-src', 'deb-src'))).toBeUndefined()
  })
  it('reads values that go on over lines, and takes no mirror of files', () => {
    expect(mirrorInDeb822(debian.replace('URIs: ', 'URIs: file:/mirror\n '))).toBe('http://mirror.example.org/debian')
  })
})

describe('mirrorInList', () => {
  it.each([
    ['deb http://mirror.example.org/debian trixie main', 'http://mirror.example.org/debian'],
    [
      'deb [arch=amd64 signed-by=/k.gpg] https://mirror.example.org/debian sid main',
      'https://mirror.example.org/debian',
    ],
    ['deb http://mirror.example.org/debian sid contrib main # mine', 'http://mirror.example.org/debian'],
    ['# deb http://mirror.example.org/debian sid main', undefined],
    ['deb-src http://mirror.example.org/debian sid main', undefined],
    ['deb https://packages.example.com/apt cloud-bookworm main', undefined],
    ['deb http://mirror.example.org/debian bookworm-security main', undefined],
    ['deb http://mirror.example.org/debian sid contrib', undefined],
  ])('%s', (line, mirror) => {
    expect(mirrorInList(`\n${line}\n`)).toBe(mirror)
  })
})

describe('mirrorThroughProxy', () => {
  it("spells https the proxy's way, and drops a slash at the end", () => {
    expect(mirrorThroughProxy('https://mirror.example.org/debian/')).toBe('http://HTTPS///mirror.example.org/debian')
    expect(mirrorThroughProxy('http://mirror.example.org/debian')).toBe('http://mirror.example.org/debian')
  })
})
