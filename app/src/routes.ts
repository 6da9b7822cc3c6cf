/** What is answered under which path. */

import type { IncomingMessage } from 'node:http'
import { type Answer, htmlPage, json } from './answer.ts'
import { BadRequest, textIn } from './body.ts'
import { DatabaseAway } from './endpoint.ts'
import { longestText, type Notes } from './notes.ts'
import { page, type Server } from './page.ts'
import type { ReadinessCheck } from './readiness.ts'

/** What the routes work with. */
export interface Parts {
  readonly server: Server
  readonly notes: Notes
  readonly readiness: ReadinessCheck
  /** Files below `/static/`, by name. */
  readonly files: ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>
  /** Told of what no route expected. */
  onFailure(thrown: unknown): void
}

type Route = (request: IncomingMessage, url: URL, parts: Parts) => Answer | Promise<Answer>

const shownNotes = 50

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/': { GET: showPage, POST: addFromForm },
  '/api/notes': { GET: listNotes, POST: addNote },
  '/healthz': { GET: (_request, _url, { server }) => json(200, { status: 'live', ...server, node: process.version }) },
  '/readyz': { GET: ready },
}

/** The answer to a request; it never throws. */
export async function answerTo(request: IncomingMessage, parts: Parts): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const methods = routes[url.pathname] ?? (url.pathname.startsWith('/static/') ? { GET: staticFile } : undefined)
  if (!methods) return json(404, { error: 'there is nothing here' })
  const route = methods[method]
  if (!route) {
    return json(405, { error: `${method} is not known here` }, { Allow: Object.keys(methods).join(', ') })
  }
  try {
    return await route(request, url, parts)
  } catch (thrown) {
    if (thrown instanceof BadRequest) return json(thrown.status, { error: thrown.message })
    parts.onFailure(thrown)
    if (thrown instanceof DatabaseAway) return json(503, { error: awayMessage(thrown) }, { 'Retry-After': '1' })
    return json(500, { error: 'something went wrong here' })
  }
}

async function showPage(_request: IncomingMessage, url: URL, { notes, server, onFailure }: Parts): Promise<Answer> {
  const after = numberIn(url, 'after', 0, Number.MAX_SAFE_INTEGER)
  try {
    return htmlPage(200, page(server, { found: await notes.list(shownNotes, after) }))
  } catch (thrown) {
    if (!(thrown instanceof DatabaseAway)) throw thrown
    onFailure(thrown)
    return htmlPage(
      503,
      page(server, { problem: 'The notes cannot be reached right now. Please try again in a moment.' }),
    )
  }
}

async function addFromForm(request: IncomingMessage, _url: URL, { notes }: Parts): Promise<Answer> {
  const { id } = await notes.add(await textIn(request, longestText))
  return { status: 303, headers: { Location: `/?after=${id}` } }
}

async function listNotes(_request: IncomingMessage, url: URL, { notes }: Parts): Promise<Answer> {
  const limit = numberIn(url, 'limit', shownNotes, 500)
  const found = await notes.list(limit, numberIn(url, 'after', 0, Number.MAX_SAFE_INTEGER))
  return json(200, { notes: found.notes }, { 'X-Read-From': found.from })
}

async function addNote(request: IncomingMessage, _url: URL, { notes }: Parts): Promise<Answer> {
  const note = await notes.add(await textIn(request, longestText))
  return json(201, { note }, { Location: `/api/notes?after=${note.id}` })
}

async function ready(_request: IncomingMessage, _url: URL, { readiness, server }: Parts): Promise<Answer> {
  const state = await readiness.state()
  const { release } = server
  if (state.isReady) return json(200, { status: 'ready', release })
  return json(503, { status: 'not ready', reason: state.reason, release })
}

function staticFile(_request: IncomingMessage, url: URL, { files }: Parts): Answer {
  const file = files.get(url.pathname.slice('/static/'.length))
  if (!file) return json(404, { error: 'there is nothing here' })
  return { status: 200, ...file, headers: { 'Cache-Control': 'public, max-age=3600' } }
}

function numberIn(url: URL, name: string, fallback: number, most: number): number {
  const given = url.searchParams.get(name)
  if (given === null) return fallback
  const value = Number(given)
  if (!/^\d+$/.test(given) || value > most) throw new BadRequest(400, `${name} must be a number up to ${most}`)
  return value
}

function awayMessage({ isUnknown }: DatabaseAway): string {
  return isUnknown
    ? 'the database did not answer: whether the note was added is not known'
    : 'the database is not available right now'
}
