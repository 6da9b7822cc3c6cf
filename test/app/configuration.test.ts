/** The environment of the application, the log, and the HTML: what goes in, and what may not come out. */

import { describe, expect, it } from 'vitest'
import { configurationFrom } from '../../app/src/configuration.ts'
import { html } from '../../app/src/html.ts'
import { causeOf, makeLog } from '../../app/src/log.ts'

describe('the environment', () => {
  const least = { DATABASE_NAME: 'app', DATABASE_USER: 'app', DATABASE_PASSWORD: 'canary-0123' }

  it('needs a database, and has defaults for the rest', () => {
    expect(configurationFrom({ ...least, SERVER_NAME: 'web1' })).toMatchObject({
      serverName: 'web1',
      host: '127.0.0.1',
      port: 3000,
      database: { write: { host: '127.0.0.1', port: 6446 }, read: { port: 6447 }, ca: undefined },
    })
  })

  it('reads where it writes when nothing else is said', () => {
    const { database } = configurationFrom({ ...least, DATABASE_WRITE: 'db1:3306' })
    expect(database.read).toEqual({ host: 'db1', port: 3306 })
  })

  it('tells all that is wrong at once, and no value', () => {
    const wrong = { ...least, DATABASE_USER: '', PORT: 'x', DATABASE_WRITE: 'db1', DATABASE_CA: '/nowhere' }
    expect(() => configurationFrom(wrong)).toThrow(
      'The environment is not right: PORT must be a whole number from 0 up; DATABASE_WRITE must be host:port; DATABASE_READ must be host:port; DATABASE_USER is missing; DATABASE_CA names a file that cannot be read',
    )
  })
})

describe('the log', () => {
  it('is a line of JSON an entry', () => {
    const lines: string[] = []
    const log = makeLog(
      (line) => lines.push(line),
      { server: 'web1' },
      () => new Date(0),
    )
    log.info('request', { status: 200, client: undefined })
    log.error('a\nb')
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"request","server":"web1","status":200}\n',
      '{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"a\\nb","server":"web1"}\n',
    ])
  })

  it('tells the code of what was thrown, not the message, which can hold values', () => {
    expect(causeOf(Object.assign(new Error("Duplicate entry 'secret'"), { code: 'ER_DUP_ENTRY' }))).toBe('ER_DUP_ENTRY')
    expect(causeOf(new Error('plain'))).toBe('plain')
  })
})

it('HTML escapes every value that is not HTML', () => {
  const value = `<script>alert("1")</script> & 'x'`
  const { text } = html`<p title="${value}">${html`<b>${value}</b>`}${[html`<i></i>`]}${false}</p>`
  const escaped = '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;x&#39;'
  expect(text).toBe(`<p title="${escaped}"><b>${escaped}</b><i></i></p>`)
})
