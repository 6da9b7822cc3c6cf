/** What may provide what: paths, the programs and units at them, names, and what nobody can tell. */

import { expect, it } from 'vitest'
import { fitOf, type Need, type Provision, pathAndAbove } from '../../src/plan/provision.ts'

const rows: readonly (readonly [provision: Provision, need: Need, fits: boolean])[] = [
  ['path /srv/app', 'path /srv/app', true],
  ['path /srv', 'path /srv/app', false],
  ['path /srv/app/file', 'path /srv/app', false],
  ['tree /srv', 'path /srv', true],
  ['tree /srv', 'path /srv/app/file', true],
  ['tree /srv/app', 'path /srv/application', false],
  ['path /usr/local/bin/tool', 'program tool', true],
  ['tree /usr/bin', 'program tool', true],
  ['tree /opt/tool', 'program tool', false],
  ['path /srv/tool', 'program tool', false],
  ['unit app.service', 'unit app.service', true],
  ['unit app.service', 'unit other.service', false],
  ['path /etc/systemd/system/app.service', 'unit app.service', true],
  ['path /etc/systemd/system/app@.service', 'unit app@one.service', true],
  ['tree /lib', 'unit app.service', true],
  ['unit *', 'unit app.service', true],
  ['unit *', 'user app', false],
  ['user app', 'user app', true],
  ['user app', 'group app', false],
  ['tree /app', 'user app', false],
  ['anything', 'setting net.ipv4.ip_forward', true],
  ['anything', 'path /srv', true],
  ['path /srv/www/index.html', 'answer http://127.0.0.1/', true],
]

it.each(rows)('%s, for %s: %s', (provision, need, fits) => {
  expect(fitOf(provision, need) > 0).toBe(fits)
})

it('what names it fits best, then the smaller tree, then any name, then anything', () => {
  const provisions: Provision[] = ['anything', 'unit *', 'tree /etc', 'tree /etc/systemd', 'unit app.service']
  const fits = provisions.map((provision) => fitOf(provision, 'unit app.service'))
  expect(fits).toEqual([...fits].sort((left, right) => left - right))
  expect(new Set(fits).size).toBe(provisions.length)
})

it('a path stands below others', () => {
  expect(pathAndAbove('/srv/app/file')).toEqual(['path /srv/app/file', 'path /srv/app', 'path /srv'])
})
